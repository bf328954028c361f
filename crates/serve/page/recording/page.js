// What the recording page knows and what can be done with it: row, layers, position, visible part, layers on and off.
import { aborted } from "../api.js";
import { fromRow, withLayers } from "./model.js";
import { LAYERS } from "./layers.js";
import { Player } from "./player.js";
import { patient, Rasters } from "./rasters.js";
import { remember } from "/ui/dom.js";
import { TimeView } from "./time_view.js";
import { titles } from "./facts.js";

const RASTERS = ["spectrogram", "mel", "chroma", "tempogram"];
/** Shortest part that can be selected, in seconds. */
const SHORTEST = 0.01;

/** Dispatches `row`, `model`, `fault`, `measuring` (with a boolean as detail), `shown` and `moved`. */
export class Page extends EventTarget {
  view = new TimeView();
  row = null;
  model = null;
  /** "waiting", "ready" or "failed". */
  layers = "waiting";
  fault = null;
  /** Counts what has become known, for texts that need not be written for each picture. */
  version = 0;
  /** The time under the pointer, or null. */
  hovered = null;
  raster = RASTERS.includes(remember("recording.raster")) ? remember("recording.raster") : "spectrogram";
  follow = remember("recording.follow") ?? true;
  shown = new Set(remember("recording.layers") ?? LAYERS.map(({ id }) => id));
  /** Requests a drawing of a part, or of everything. Set by the page that draws. */
  redraw = () => {};
  #stop = new AbortController();
  #following = false;

  constructor({ id, api, theme, back }) {
    super();
    const path = `/api/recordings/${encodeURIComponent(id)}`;
    Object.assign(this, { id, api, theme, back, path });
    this.rasters = new Rasters(api, `${path}/rasters`);
    this.player = new Player(api.url(`${path}/audio`), api.url(`${path}/audio.wav`));
    this.rasters.addEventListener("change", () => {
      this.version += 1;
      this.#tell("rasters");
    });
    this.view.addEventListener("change", () => {
      const { time, playing } = this.player;
      // whoever looks at another part while it plays is not taken back
      if (playing && !this.#following && (time < this.view.from || time > this.view.to)) this.follow = false;
      this.#tell("view");
    });
  }

  get signal() {
    return this.#stop.signal;
  }
  /** Whether the file behind the row may be read. */
  get readable() {
    return this.row !== null && !["missing", "changed"].includes(this.row.file?.state);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Requests the row and, when it is there, the layers. */
  load = async () => {
    const { signal } = this;
    this.fault = null;
    this.layers = "waiting";
    this.rasters.retry();
    this.#tell("fault");
    try {
      this.row = await this.api.json(this.path, {}, { signal });
      this.#know({ ...fromRow(this.row), name: titles(this.row).title });
      if (this.readable) this.player.open();
      this.#tell("row");
      this.#tell("measuring", true);
      this.want();
      const layers = await patient(() => this.api.json(`${this.path}/layers`, {}, { signal }), signal);
      this.layers = "ready";
      this.#know(withLayers(this.model, layers));
      this.want();
    } catch (error) {
      if (aborted(error)) return;
      this.fault = error;
      this.layers = "failed";
      // a busy server may answer later: only a file that cannot be read cannot be played
      if (!this.readable || error.status === 409) this.player.refuse(error);
      this.#tell("fault");
    }
    this.#tell("measuring", false);
    this.redraw();
  };

  #know(model) {
    this.model = model;
    this.version += 1;
    this.view.setDuration(model.duration);
    this.#tell("model");
    this.redraw();
  }

  /** Requests the rasters of the layers that are switched on. */
  want() {
    if (this.layers === "failed" || !this.readable) return;
    if (this.shown.has("spectrogram")) this.rasters.want(this.raster);
    if (this.shown.has("chroma")) this.rasters.want("chroma");
    if (this.layers !== "ready") return;
    const { rasters } = this.model;
    if (rasters.includes("tempogram")) this.rasters.want("tempogram");
    // finer than in the layers, where the server has them
    if (rasters.includes("waveform") && this.shown.has("waveform")) this.rasters.want("waveform");
    if (rasters.includes("onset_strength") && this.shown.has("onsets")) this.rasters.want("onset_strength");
  }

  go(time) {
    this.player.seek(Math.max(0, Math.min(this.view.duration, time)));
    this.reveal();
  }

  /** Moves the visible part to the position, if it is outside. */
  reveal() {
    this.#following = true;
    this.view.reveal(this.player.time);
    this.#following = false;
  }

  /** Zooms around the position if it is visible, otherwise around the middle. */
  zoom(factor) {
    const place = this.view.place(this.player.time);
    this.view.zoom(factor, place >= 0 && place <= 1 ? place : 0.5);
  }

  /** Selects a part; null removes the selection. */
  select(region) {
    this.player.setRegion(region && region.end - region.start > SHORTEST ? region : null);
  }

  /** Sets the start or the end of the selected part to the position. */
  mark(which) {
    const region = { ...(this.player.region ?? { start: 0, end: this.view.duration }), [which]: this.player.time };
    if (region.end <= region.start) Object.assign(region, which === "start" ? { end: this.view.duration } : { start: 0 });
    this.select(region);
  }

  /** Repeats the selected part, or what is visible if nothing is selected. */
  toggleLoop() {
    if (!this.player.region) this.player.setRegion({ start: this.view.from, end: this.view.to });
    this.player.setLoop(!this.player.loop);
  }

  setFollow(follow) {
    this.follow = follow;
    remember("recording.follow", follow);
    if (follow) this.reveal();
    this.#tell("moved");
  }

  setLayer(layer, on) {
    if (on) this.shown.add(layer);
    else this.shown.delete(layer);
    remember("recording.layers", LAYERS.map(({ id }) => id).filter((id) => this.shown.has(id)));
    this.want();
    this.#tell("shown");
  }

  setRaster(name) {
    this.raster = name;
    remember("recording.raster", name);
    this.want();
    this.redraw();
  }

  destroy() {
    this.#stop.abort();
    this.player.destroy();
    this.rasters.destroy();
  }
}
