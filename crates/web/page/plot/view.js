// The view of one stream, shared by all panels that draw it.
import { remember } from "../ui/dom.js";

const PREFERENCES = ["log", "apart", "traces", "showPeaks", "span"];

/** Dispatches `change` when a redraw is necessary. */
export class View extends EventTarget {
  log = true;
  apart = false;
  traces = { now: true, average: false, maximum: true, minimum: false };
  showPeaks = true;
  span = 64;
  level = { auto: true, top: 0, bottom: -120 };
  /** Frequency at the cursor, or null. */
  cursor = null;
  markers = [];
  /** Incremented when the frequency axis has changed. */
  axis = 0;

  constructor(stream) {
    super();
    const { spec } = stream;
    this.step = stream.step;
    this.bottom = spec.offset;
    /** The axis is far from 0 Hz, or includes both sides of it. */
    this.carried = stream.files === true;
    this.top = stream.frequency(spec.bins - 1);
    // Below a decade, a logarithmic axis is not useful.
    this.logable = spec.offset >= 0 && this.top > 10 * Math.max(this.bottom, this.step);
    if (!stream.decibels) Object.assign(this.level, { top: 1, bottom: 0 });
    Object.assign(this, remember("view") ?? {});
    if (!this.logable) this.log = false;
    stream.span = this.span ?? Infinity;
    this.whole();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  prefer(values) {
    Object.assign(this, values);
    remember("view", Object.fromEntries(PREFERENCES.map((name) => [name, this[name]])));
    this.changed();
  }

  /** The lowest frequency of the axis: a logarithmic axis has no 0; audio begins at 20 Hz. */
  get lowest() {
    if (!this.log) return this.bottom;
    return Math.max(this.bottom, this.top > 2000 && this.step < 20 ? 20 : this.step);
  }

  whole() {
    this.low = this.lowest;
    this.high = this.top;
    this.axis += 1;
    this.changed();
  }

  get zoomed() {
    // In bins, not relative to the frequency: a band of 2 MHz at 10 GHz is narrow.
    const least = 1e-3 * this.step;
    return this.low > this.lowest + least || this.high < this.top - least;
  }

  setLog(log) {
    const zoomed = this.zoomed;
    this.log = log && this.logable;
    if (!zoomed) this.whole();
    this.#range(this.low, this.high);
    this.prefer({});
  }

  /** The position of a frequency on the axis, from 0 to 1. */
  place(frequency) {
    if (!this.log) return (frequency - this.low) / (this.high - this.low);
    return Math.log(Math.max(frequency, 1e-9) / this.low) / Math.log(this.high / this.low);
  }

  /** The frequency at a position. */
  frequency(place) {
    if (!this.log) return this.low + place * (this.high - this.low);
    return this.low * (this.high / this.low) ** place;
  }

  /** Zooms by a factor (above 1: in) around the frequency at `place`. */
  zoom(factor, place = 0.5) {
    this.#range(this.frequency(place - place / factor), this.frequency(place + (1 - place) / factor));
  }

  /** Moves the axis by a fraction of its length. */
  pan(by) {
    let shift = by;
    if (this.frequency(shift) < this.lowest) shift = this.place(this.lowest);
    if (this.frequency(1 + shift) > this.top) shift = this.place(this.top) - 1;
    this.#range(this.frequency(shift), this.frequency(1 + shift));
  }

  #range(low, high) {
    const least = 6 * this.step;
    low = Math.max(this.lowest, Math.min(low, this.top - least));
    high = Math.min(this.top, Math.max(high, low + least));
    if (low === this.low && high === this.high) return;
    this.low = low;
    this.high = high;
    this.axis += 1;
    this.changed();
  }

  setLevel(level) {
    Object.assign(this.level, level);
    const least = 1e-12 + Math.abs(this.level.top) * 1e-6;
    if (!(this.level.top - this.level.bottom > least)) this.level.bottom = this.level.top - Math.max(10, least);
    this.changed();
  }

  setCursor(frequency) {
    if (frequency === this.cursor) return;
    this.cursor = frequency === null ? null : Math.min(this.top, Math.max(this.bottom, frequency));
    this.changed();
  }

  addMarker(frequency) {
    if (this.markers.length >= 8) this.markers.splice(1, 1);
    // The smallest free number, which keeps names short.
    let number = 1;
    while (this.markers.some((m) => m.number === number)) number += 1;
    const marker = { number, frequency: Math.min(this.top, Math.max(this.bottom, frequency)) };
    this.markers.push(marker);
    this.changed();
    return marker;
  }

  removeMarker(marker) {
    this.markers = this.markers.filter((m) => m !== marker);
    this.changed();
  }
}
