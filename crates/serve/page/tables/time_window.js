// The window of a time axis: zoom and pan by pointer, wheel, touch and keys. Times in seconds.

/** The shortest window, in seconds. */
const LEAST = 0.01;
const STEP = 0.15;

export class TimeWindow {
  first = 0;
  last = 0;

  constructor(changed) {
    this.changed = changed;
  }

  get known() {
    return this.last > this.first;
  }
  get zoomed() {
    const margin = 1e-9 * (this.last - this.first);
    return this.known && (this.from > this.first + margin || this.to < this.last - margin);
  }

  /** Sets the whole extent, and the window within it if one is given. */
  limit(first, last, window = null) {
    // the last row is inside
    this.first = first;
    this.last = last + (last - first) * 1e-6;
    [this.from, this.to] = window ?? [this.first, this.last];
    this.#set(this.from, this.to);
  }

  whole() {
    this.#set(this.first, this.last);
  }

  /** Zooms by a factor (above 1: in) around a place of 0 to 1. */
  zoom(factor, place = 0.5) {
    if (!this.known) return;
    const length = Math.max(LEAST, Math.min(this.last - this.first, (this.to - this.from) / factor));
    const at = this.from + place * (this.to - this.from);
    this.#set(at - place * length, at + (1 - place) * length);
  }

  /** Moves by a share of the window. */
  pan(by) {
    if (!this.known) return;
    const shift = by * (this.to - this.from);
    this.#set(this.from + shift, this.to + shift);
  }

  #set(from, to) {
    const length = Math.min(this.last - this.first, to - from);
    this.from = Math.max(this.first, Math.min(from, this.last - length));
    this.to = this.from + length;
    this.changed();
  }

  /** `box()`: the area of the plot inside its margins. */
  gestures(canvas, box) {
    const pointers = new Map();
    let pinch = null;
    const place = (x) => (x - box().left) / box().width;
    const spread = () => {
      const [a, b] = [...pointers.values()];
      return { middle: (a + b) / 2, distance: Math.max(24, Math.abs(a - b)) };
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, event.offsetX);
      if (pointers.size === 2) pinch = spread();
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      pointers.set(event.pointerId, event.offsetX);
      if (pointers.size === 2) {
        const next = spread();
        this.zoom(next.distance / pinch.distance, place(next.middle));
        this.pan((pinch.middle - next.middle) / box().width);
        pinch = next;
      } else if (this.zoomed) this.pan((before - event.offsetX) / box().width);
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => pointers.delete(event.pointerId));
    canvas.addEventListener("dblclick", () => this.whole());
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 30 : 1;
      const [dx, dy] = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      if (Math.abs(dx) > Math.abs(dy)) this.pan((dx * unit) / box().width);
      else this.zoom(Math.exp(-dy * unit * 0.002), place(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const acts = {
        ArrowLeft: () => this.pan(-STEP), ArrowRight: () => this.pan(STEP), ArrowUp: () => this.zoom(1.4), ArrowDown: () => this.zoom(1 / 1.4),
        "+": () => this.zoom(1.4), "=": () => this.zoom(1.4), "-": () => this.zoom(1 / 1.4), 0: () => this.whole(),
        Home: () => this.pan(-1e9), End: () => this.pan(1e9),
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
      event.preventDefault();
      acts[event.key]();
    });
  }
}
