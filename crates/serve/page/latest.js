// Work that follows an input which changes faster than the work can be done.

/**
 * Returns a function that runs `work(signal)` with the latest state: while a run is in progress, further calls are
 * joined into one run after it. Aborting the earlier run instead would show nothing as long as the input changes.
 */
export function latest(work) {
  const controller = new AbortController();
  let running = null;
  let again = false;
  async function run() {
    do {
      again = false;
      await work(controller.signal);
    } while (again && !controller.signal.aborted);
  }
  const call = () => {
    if (controller.signal.aborted) return Promise.resolve();
    if (running) again = true;
    else running = run().finally(() => (running = null));
    return running;
  };
  call.stop = () => controller.abort();
  return call;
}

/** Calls `draw` once in the next frame, however often it is requested. */
export function oncePerFrame(draw) {
  let pending = 0;
  const request = () => {
    pending ||= requestAnimationFrame((time) => {
      pending = 0;
      draw(time);
    });
  };
  request.stop = () => cancelAnimationFrame(pending);
  return request;
}
