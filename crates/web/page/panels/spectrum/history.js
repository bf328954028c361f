// The latest spectra of a stream, and the hold traces.

const MOST_PICTURES = 720;
const MOST_BYTES = 96e6;

export class Spectra {
  /** The slider of the history selects pictures of this stream. */
  seekable = true;
  pictures = [];
  /** Number of pictures ever added; the last of them is `pictures.at(-1)`. */
  total = 0;
  held = 0;
  /** Approximate number of pictures in the average; Infinity averages all. */
  span = 64;

  /** The stream of a panel; its history starts empty. */
  static open(panel) {
    return new Spectra(panel);
  }

  constructor(spec) {
    this.spec = spec;
    this.size = spec.bins * spec.channels.length;
    this.decibels = spec.unit.startsWith("dB");
    this.capacity = Math.max(48, Math.min(MOST_PICTURES, Math.floor(MOST_BYTES / (4 * this.size))));
    this.reset();
  }

  /** Time without a new picture after which the page shows a notice, in ms. */
  patience = 2000;

  /** Frequency from one bin to the next in Hz. */
  get step() {
    return this.spec.rate / this.spec.length;
  }

  frequency(bin) {
    return this.spec.offset + bin * this.step;
  }

  get newest() {
    return this.pictures.at(-1) ?? null;
  }

  push(picture) {
    if (picture.values.length !== this.size) return;
    // the server sends its latest picture again after each reconnection
    if (picture.kept && this.newest?.index === picture.index) return;
    this.pictures.push(picture);
    if (this.pictures.length > this.capacity) this.pictures.shift();
    this.total += 1;
    this.#hold(picture.values);
  }

  /** The newest picture at a time (of its last sample, in ms). */
  at(time) {
    let low = 0;
    let high = this.pictures.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pictures[middle].time <= time) low = middle;
      else high = middle - 1;
    }
    return this.pictures[low] ?? null;
  }

  #hold(values) {
    this.held += 1;
    const weight = 1 / Math.min(this.held, this.span);
    const { maximum, minimum, average, decibels } = this;
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      if (v > maximum[i]) maximum[i] = v;
      if (v < minimum[i]) minimum[i] = v;
      // levels are averaged as power: the mean of decibels of noise is 2.5 dB too low
      const power = decibels ? Math.exp(v * 0.23025850929940458) : v;
      if (power >= 0) average[i] += (power - average[i]) * weight;
    }
  }

  reset() {
    this.held = 0;
    this.maximum = new Float32Array(this.size).fill(-Infinity);
    this.minimum = new Float32Array(this.size).fill(Infinity);
    this.average = new Float64Array(this.size);
    this.#levels = new Float32Array(this.size);
  }

  #levels;
  /** The average in the unit of the stream. */
  averageLevels() {
    if (!this.decibels) return this.average;
    for (let i = 0; i < this.size; i++) this.#levels[i] = 10 * Math.log10(this.average[i]);
    return this.#levels;
  }
}
