// Playback: live, paused, and stepping through the history.
import { span } from "./format.js";
import { say } from "./dom.js";

/** The picture that is shown. Dispatches `change`. */
export class Playback extends EventTarget {
  paused = false;
  /** Time of the picture shown while paused. */
  time = null;
  /** The stream whose pictures the slider counts. */
  stream = null;

  constructor({ button, slider, output }) {
    super();
    Object.assign(this, { button, slider, output });
    button.addEventListener("click", () => this.toggle());
    slider.addEventListener("input", () => this.to(Number(slider.value) - Number(slider.max)));
  }

  toggle() {
    if (this.paused) this.live();
    else if (this.stream && !this.stream.seekable) this.stopAt(null); // rows are queued while the page is paused
    else this.to(0);
  }

  live() {
    this.paused = false;
    this.time = null;
    this.#changed();
  }

  /** Pauses at a picture: 0 is the newest, −1 the previous one. */
  to(back) {
    const pictures = this.stream?.pictures ?? [];
    if (!pictures.length) return;
    const at = Math.max(0, Math.min(pictures.length - 1, pictures.length - 1 + back));
    this.stopAt(pictures[at].time);
  }

  step(by) {
    this.to(this.back + by);
  }

  stopAt(time) {
    this.paused = true;
    this.time = time;
    this.#changed();
  }

  /** The position of the picture shown relative to the newest, at most 0. */
  get back() {
    if (!this.paused || !this.stream) return 0;
    return this.stream.pictures.lastIndexOf(this.shown(this.stream)) - (this.stream.pictures.length - 1);
  }

  /** The picture of a stream that is currently shown, or null. */
  shown(stream) {
    return this.paused ? stream.at(this.time) : stream.newest;
  }

  #changed() {
    this.button.setAttribute("aria-pressed", String(this.paused));
    say(this.button, this.paused ? "Resume" : "Pause");
    document.body.classList.toggle("paused", this.paused);
    this.show();
    this.dispatchEvent(new Event("change"));
  }

  /** Updates the slider. */
  show() {
    const most = Math.max(0, (this.stream?.pictures.length ?? 0) - 1);
    if (Number(this.slider.max) !== most) this.slider.max = String(most);
    const at = String(most + this.back);
    if (this.slider.value !== at) this.slider.value = at;
    if (!this.stream?.seekable) return say(this.output, this.paused ? "paused" : "live");
    const behind = this.paused ? this.time - this.stream.newest.time : 0;
    const file = this.paused && this.stream.files ? `file ${this.shown(this.stream).index}, ` : "";
    const text = this.paused ? file + (behind ? span(behind) : file ? "the newest" : "paused at the newest") : "live";
    say(this.output, text);
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--filled", most ? `${(100 * Number(at)) / most}%` : "100%");
  }
}
