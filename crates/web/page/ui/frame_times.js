// How long the page works for single frames, the layout and painting that follow included.

export class FrameTimes {
  /** The longest in ms: our own code, and with what the browser then does. */
  work = 0;
  slowest = 0;
  frames = 0;
  #begun = 0;
  #after = new MessageChannel();

  constructor() {
    // A message that is sent while a frame is made arrives when it is made.
    this.#after.port1.onmessage = ({ data }) => {
      this.slowest = Math.max(this.slowest, performance.now() - data);
      this.frames += 1;
    };
  }

  begin(frame = false) {
    this.#begun = performance.now();
    if (frame) this.#after.port2.postMessage(this.#begun);
  }

  end() {
    this.work = Math.max(this.work, performance.now() - this.#begun);
    this.slowest = Math.max(this.slowest, this.work);
  }

  reset() {
    this.work = this.slowest = this.frames = 0;
  }
}
