// The visible part of the time axis, shared by all layers.

/** Shortest part that can be shown, in seconds. */
const SHORTEST = 0.02;

/** Dispatches `change` when the visible part has changed. Times in seconds. */
export class TimeView extends EventTarget {
  duration = 1;
  from = 0;
  to = 1;

  /** Sets the length of the recording; the whole of it stays whole. */
  setDuration(duration) {
    const whole = !this.zoomed;
    this.duration = Math.max(1e-4, duration || 0);
    if (whole) this.whole();
    else this.show(this.from, this.to);
  }

  get span() {
    return this.to - this.from;
  }
  get zoomed() {
    return this.from > 0 || this.to < this.duration;
  }
  get shortest() {
    return Math.min(this.duration, SHORTEST);
  }

  place(time) {
    return (time - this.from) / this.span;
  }
  time(place) {
    return this.from + place * this.span;
  }

  whole() {
    this.show(0, this.duration);
  }

  show(from, to) {
    const span = Math.min(this.duration, Math.max(this.shortest, to - from));
    const start = Math.max(0, Math.min(this.duration - span, from));
    if (start === this.from && start + span === this.to) return;
    this.from = start;
    // without the sum of rounding errors at the right end
    this.to = span === this.duration ? this.duration : start + span;
    this.dispatchEvent(new Event("change"));
  }

  /** Zooms by a factor (above 1: in) around the time at `place`. */
  zoom(factor, place = 0.5) {
    const fixed = this.time(place);
    const span = Math.min(this.duration, Math.max(this.shortest, this.span / factor));
    this.show(fixed - place * span, fixed + (1 - place) * span);
  }

  /** Moves by a share of the visible part. */
  pan(by) {
    this.show(this.from + by * this.span, this.to + by * this.span);
  }

  /** Moves so that a time is visible: at a tenth of the width if it was not. */
  reveal(time) {
    if (time >= this.from && time <= this.to) return;
    this.show(time - 0.1 * this.span, time + 0.9 * this.span);
  }
}
