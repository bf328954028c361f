// The duration of single frames, including layout and painting.

export class FrameTimes {
  /** The maximum in ms: of the page's own code, and including the browser's layout and painting. */
  work = 0;
  slowest = 0;
  frames = 0;
  #begun = 0;
  #after = new MessageChannel();

  constructor() {
    // a message posted during a frame is delivered after it
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
