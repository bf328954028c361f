// The time that single frames take, with layout and painting.

export class FrameTimes {
  /** The longest in ms: the page's own code, and with the browser's layout and painting. */
  work = 0;
  slowest = 0;
  frames = 0;
  #begun = 0;
  #after = new MessageChannel();

  constructor() {
    // a message that is posted during a frame is delivered after it
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
