// Playback of the recording: position, loop, follow mode.

/** `HTMLMediaElement.error.code` where the browser cannot decode what it received. */
const UNDECODABLE = [3, 4];

/** Dispatches `change` when it starts, stops, seeks or fails. Times in seconds. */
export class Player extends EventTarget {
  /** Why it cannot play: a fault, or null. */
  fault = null;
  /** The part that is repeated: `{ start, end }`, or null. */
  region = null;
  loop = false;
  /** The position before the browser has loaded anything. */
  #wanted = 0;
  #decoded = false;

  constructor(address, decodedAddress) {
    super();
    this.audio = new Audio();
    this.audio.preload = "metadata";
    this.addresses = { file: address, decoded: decodedAddress };
    const changed = () => this.#changed();
    ["play", "playing", "pause", "ended", "seeked", "durationchange", "volumechange", "ratechange", "waiting"].forEach((name) => this.audio.addEventListener(name, changed));
    this.audio.addEventListener("loadedmetadata", () => {
      if (this.#wanted > 0) this.audio.currentTime = this.#wanted;
      this.#changed();
    });
    this.audio.addEventListener("timeupdate", () => this.turn());
    this.audio.addEventListener("error", () => this.#failed());
  }

  /** Starts to load the recording, also after a refusal. */
  open() {
    this.fault = null;
    if (this.audio.src) return;
    this.#decoded = false;
    this.audio.src = this.addresses.file;
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }
  get time() {
    return this.audio.readyState > 0 ? this.audio.currentTime : this.#wanted;
  }
  /** Whether the server decodes the file, because the browser cannot. */
  get decodedByServer() {
    return this.#decoded;
  }

  async toggle() {
    if (this.playing) this.audio.pause();
    else await this.play();
  }

  async play() {
    if (this.fault) return;
    this.#intended = true;
    if (this.region && this.loop && (this.time < this.region.start || this.time >= this.region.end)) this.seek(this.region.start);
    try {
      await this.audio.play();
    } catch (error) {
      // `pause`, a new source, or the rules of the browser stopped it; errors of media come as events
      if (error.name === "NotAllowedError") this.#changed();
    }
  }
  /** Whether to go on after the source was exchanged. */
  #intended = false;

  pause() {
    this.#intended = false;
    this.audio.pause();
  }

  seek(time) {
    const end = Number.isFinite(this.audio.duration) ? this.audio.duration : Infinity;
    const to = Math.max(0, Math.min(end, time));
    this.#wanted = to;
    if (this.audio.readyState > 0) this.audio.currentTime = to;
    this.#changed();
  }

  /** Sets the part that is repeated; null removes it. */
  setRegion(region) {
    this.region = region;
    if (!region) this.loop = false;
    this.#changed();
  }

  setLoop(loop) {
    this.loop = loop && this.region !== null;
    this.#changed();
  }

  /** Goes back to the start of the loop when its end has been reached. Called for each frame while it plays. */
  turn() {
    if (!this.loop || !this.region || !this.playing) return;
    if (this.audio.currentTime >= this.region.end) this.audio.currentTime = this.region.start;
  }

  /** Says why nothing can be played, if the file is known to be missing. */
  refuse(fault) {
    this.fault = fault;
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.#changed();
  }

  #failed() {
    if (this.fault || !this.audio.error) return;
    if (!this.#decoded && UNDECODABLE.includes(this.audio.error.code)) {
      this.#decoded = true;
      this.audio.src = this.addresses.decoded;
      if (this.#intended) this.play();
      return;
    }
    this.fault = { error: "The recording cannot be played", why: this.audio.error.message || "the browser could not load the sound", fix: "see the message about the file above, or reload the page" };
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  destroy() {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }
}
