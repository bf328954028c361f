// The page of one recording: everything on one time axis, with playback.
import { make, remember, say } from "/ui/dom.js";
import { aborted } from "../api.js";
import { faultCard } from "../notice.js";
import { allValues, facts, titles } from "./facts.js";
import { musicCards } from "./cards.js";
import { clock } from "./music.js";
import { cursorOverlay } from "./cursor.js";
import { fromRow, position, spanAt, withLayers } from "./model.js";
import { KEYS, keyboard } from "./keyboard.js";
import { LAYERS } from "./layers.js";
import { overview, ruler } from "./overview.js";
import { Player } from "./player.js";
import { Rasters } from "./rasters.js";
import { similarCard } from "./similar.js";
import { stateOf } from "./state.js";
import { TimeView } from "./time_view.js";
import { timeGestures } from "./gestures.js";
import { Track } from "./track.js";
import { transport } from "./transport.js";

/** Formats of the score with what they hold. */
const SCORES = [
  ["mid", "MIDI"], ["json", "JSON"], ["jams", "JAMS"], ["lab", "chords (.lab)"], ["beats", "beats"], ["txt", "Audacity labels"],
];
const RASTERS = ["spectrogram", "mel", "chroma", "tempogram"];

export function recordingPage(host, { id, api, theme, frames = null }) {
  const path = `/api/recordings/${encodeURIComponent(id)}`;
  const stop = new AbortController();
  const { signal } = stop;
  const page = {
    id, api, theme, path,
    view: new TimeView(),
    rasters: new Rasters(api, `${path}/rasters`),
    player: new Player(api.url(`${path}/audio`), api.url(`${path}/audio.wav`)),
    row: null,
    model: null,
    /** "waiting", "ready" or "failed". */
    layers: "waiting",
    fault: null,
    /** Counts what has become known, for texts that need not be written for each picture. */
    version: 0,
    hovered: null,
    raster: RASTERS.includes(remember("recording.raster")) ? remember("recording.raster") : "spectrogram",
    follow: remember("recording.follow") ?? true,
    shown: new Set(remember("recording.layers") ?? LAYERS.map(({ id: layer }) => layer)),
  };

  // drawing: once per frame, only what has changed
  const dirty = new Set();
  let frame = 0;
  page.redraw = (part) => {
    if (part) dirty.add(part);
    else [...tracks.values(), strip, scale].forEach((one) => dirty.add(one));
    frame ||= requestAnimationFrame(draw);
  };
  function draw() {
    frame = 0;
    frames?.begin(true);
    const parts = [...dirty];
    dirty.clear();
    if (page.model) parts.forEach((part) => (part.layer && !page.shown.has(part.layer.id) ? null : part.draw()));
    moved();
    frames?.end();
  }
  /** Moves the cursor and shows the position; no layer is drawn for it. */
  function moved() {
    overlay.place();
    strip.place();
    deck.show();
  }

  // what keys and buttons do
  page.go = (time) => {
    page.player.seek(Math.max(0, Math.min(page.view.duration, time)));
    page.view.reveal(page.player.time);
  };
  page.zoom = (factor) => {
    const place = page.view.place(page.player.time);
    page.view.zoom(factor, place >= 0 && place <= 1 ? place : 0.5);
  };
  page.select = (region) => page.player.setRegion(region && region.end - region.start > 0.01 ? region : null);
  page.mark = (which) => {
    const time = page.player.time;
    const old = page.player.region ?? { start: 0, end: page.view.duration };
    const region = { ...old, [which]: time };
    if (region.end <= region.start) Object.assign(region, which === "start" ? { end: page.view.duration } : { start: 0 });
    page.select(region);
  };
  page.toggleLoop = () => {
    if (!page.player.region) page.player.setRegion({ start: page.view.from, end: page.view.to });
    page.player.setLoop(!page.player.loop);
  };
  page.setFollow = (follow) => {
    page.follow = remember("recording.follow", follow) ?? follow;
    if (follow) page.view.reveal(page.player.time);
    moved();
  };
  page.setLayer = (layer, on) => {
    if (on) page.shown.add(layer);
    else page.shown.delete(layer);
    remember("recording.layers", LAYERS.map((one) => one.id).filter((one) => page.shown.has(one)));
    showLayers();
  };
  page.setRaster = (name) => {
    page.raster = remember("recording.raster", name) ?? name;
    want();
    page.redraw();
  };

  // the page
  const title = make("h1", { textContent: "Recording" });
  const by = make("p", { className: "rec-by" });
  const list = make("dl", { className: "rec-facts" });
  const notice = make("div", { className: "rec-notice" });
  const progress = make("div", { className: "rec-progress", role: "status", hidden: true }, make("progress", { aria: { label: "Measuring the layers" } }), make("span"));
  const overlay = cursorOverlay(page);
  const tip = make("div", { className: "rec-tip", hidden: true });
  const strip = overview(page);
  const scale = ruler(page);
  const deck = transport(page);
  const tracks = new Map(LAYERS.map((layer) => [layer.id, new Track(layer, page)]));
  const toggles = new Map(LAYERS.map((layer) => [layer.id, make("button", {
    type: "button", className: "layer-toggle", textContent: layer.name, title: layer.title, on: { click: () => page.setLayer(layer.id, !page.shown.has(layer.id)) },
  })]));
  const cards = musicCards({ theme, rasters: page.rasters, name: () => page.model?.name ?? "recording" });
  const similar = similarCard(page);
  const score = make("section", { className: "card", aria: { label: "Score" } }, make("h2", { textContent: "Score", title: "Notes, rests, chords, beats and key, measured from the file" }),
    make("div", { className: "links" }, ...SCORES.map(([ending, text]) => make("a", { href: api.url(`${path}/score.${ending}`), textContent: text, download: "" }))),
    make("div", { className: "links" }, make("a", { href: api.url(`${path}/audio`), textContent: "the recording itself", download: "" }), make("a", { href: api.url(path), textContent: "its row as JSON" })));
  const values = make("details", { className: "card" }, make("summary", {}, make("h2", { textContent: "All values of the row" })));
  const keysCard = make("details", { className: "card" }, make("summary", {}, make("h2", { textContent: "Keys and gestures" })),
    make("dl", { className: "keys" }, ...[...KEYS.map(({ label, text }) => [label, text]),
      ["Click", "go there"], ["Drag", "move the axis"], ["Wheel, pinch", "zoom; over the frequency axis: its zoom"], ["Shift + drag", "select a part (in the ruler: drag)"], ["Double click", "the whole recording"],
      ["↑ ↓", "on the spectrogram: zoom its frequency axis"]].flatMap(([name, text]) => [make("dt", {}, make("kbd", { textContent: name })), make("dd", { textContent: text })])));
  const stack = make("div", { className: "rec-tracks" }, ...[...tracks.values()].map(({ element }) => element), overlay.element);
  const element = make("div", { className: "recording" },
    make("div", { className: "rec-head" }, make("a", { className: "back", href: "#/", textContent: "‹ Library" }), make("div", { className: "rec-title" }, title, by), list),
    notice, progress,
    make("div", { className: "rec-body" },
      make("div", { className: "rec-column" }, make("section", { className: "rec-main panel", aria: { label: "Layers on the time axis" } },
        make("div", { className: "layer-toggles", role: "group", aria: { label: "Layers" } }, ...toggles.values()),
        make("div", { className: "rec-deck" }, deck.element, strip.element, scale.element), stack), cards.harmony),
      make("aside", { className: "rec-side", aria: { label: "Rhythm, similar recordings and score" } }, cards.rhythm, similar.element, score, values, keysCard)), tip);
  host.replaceChildren(element);
  for (const track of tracks.values()) connect(track);
  showLayers();

  function showLayers() {
    for (const [layer, track] of tracks) {
      track.element.hidden = !page.shown.has(layer);
      toggles.get(layer).setAttribute("aria-pressed", String(page.shown.has(layer)));
    }
    want();
    page.redraw();
  }

  /** Requests the rasters of the layers that are switched on. */
  function want() {
    if (page.layers === "failed" || !page.row || !readable(page.row)) return;
    if (page.shown.has("spectrogram")) page.rasters.want(page.raster);
    if (page.shown.has("chroma")) page.rasters.want("chroma");
    if (page.layers !== "ready") return;
    if (page.model.rasters.includes("tempogram")) page.rasters.want("tempogram");
    if (page.model.rasters.includes("waveform") && page.shown.has("waveform")) page.rasters.want("waveform");
  }

  /** Pointer, wheel and keys on a layer. */
  function connect(track) {
    const { layer, plot: { canvas } } = track;
    const rows = layer.axis && {
      zoom: (factor, place) => { layer.zoomRows(track, factor, place); page.redraw(track); },
      pan: (by) => { layer.panRows(track, by); page.redraw(track); },
    };
    timeGestures(canvas, page.view, {
      box: () => track.box,
      seek: (time) => page.player.seek(time),
      select: (region) => page.select(region),
      axis: rows,
      hover: (time, place, event) => {
        page.hovered = time;
        const old = track.state.hovered;
        const lines = time === null || !page.model || layer.none(page, track) ? null : layer.tip(page, time, place, track);
        if (time === null) track.state.hovered = null;
        if (old !== track.state.hovered) page.redraw(track);
        showTip(time, lines, event);
        overlay.place();
      },
    });
    canvas.addEventListener("keydown", (event) => {
      if (!rows || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      rows.zoom(event.key === "ArrowUp" ? 1.4 : 1 / 1.4, 0);
    });
  }

  function showTip(time, lines, event) {
    tip.hidden = time === null || event.pointerType === "touch";
    if (tip.hidden) return;
    tip.replaceChildren(make("b", { textContent: clock(time, page.view.span < 2 ? 3 : 2) }), ...(lines ?? []).map((text) => make("span", { textContent: text })));
    const { offsetWidth: width, offsetHeight: height } = tip;
    tip.style.left = `${event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14}px`;
    tip.style.top = `${Math.max(4, event.clientY - height - 10)}px`;
  }

  // what is known changes
  function showRow() {
    const { row } = page;
    const { title: text, by: maker, file, path: place } = titles(row);
    say(title, text);
    document.title = `${text} · Passband`;
    by.replaceChildren(...[maker, file].filter(Boolean).map((part) => make("span", { textContent: part })));
    by.title = place ?? "";
    list.replaceChildren(...facts(row).map(([name, value, about]) => make("div", { title: about }, make("dt", { textContent: name }), make("dd", { textContent: value }))));
    values.replaceChildren(values.firstChild, allValues(row));
    page.model = { ...fromRow(row), name: text };
    page.version += 1;
    page.view.setDuration(row.duration);
    if (readable(row)) page.player.open();
    page.layers = "waiting";
    cards.show(page.model);
    similar.load(row, signal);
    page.redraw();
  }

  function showFault(fault) {
    notice.replaceChildren(faultCard(fault, fault.status === 404 ? null : load));
    if (page.row) notice.append(make("p", { className: "hint", textContent: "What the table holds of it is shown: beats, chords, notes and values of the row." }));
  }

  let began = 0;
  let clockTimer = 0;
  function measuring(on) {
    clearInterval(clockTimer);
    progress.hidden = !on;
    if (!on) return;
    began = performance.now();
    const tell = () => say(progress.lastChild, `The layers are being measured from the file … ${Math.round((performance.now() - began) / 1000)} s`);
    tell();
    clockTimer = setInterval(tell, 1000);
  }

  async function load() {
    notice.replaceChildren();
    page.fault = null;
    try {
      page.row = await api.json(path, {}, { signal });
      showRow();
      await measure();
    } catch (error) {
      if (aborted(error)) return;
      page.fault = error;
      if (page.row) fail(error);
      else {
        say(title, "Recording");
        page.player.refuse(error);
      }
      showFault(error);
    } finally {
      measuring(false);
      page.redraw();
    }
  }

  async function measure() {
    page.layers = "waiting";
    measuring(true);
    want();
    const layers = await api.json(`${path}/layers`, {}, { signal });
    page.layers = "ready";
    page.model = withLayers(page.model, layers);
    page.version += 1;
    page.view.setDuration(page.model.duration);
    cards.show(page.model);
    want();
  }

  /** The layers cannot be measured: the row remains. */
  function fail(error) {
    page.layers = "failed";
    if (error.status === 409 || !readable(page.row)) page.player.refuse(error);
    cards.missing();
  }

  page.rasters.addEventListener("change", () => {
    page.version += 1;
    if (page.model) cards.tempogram(page.model);
    page.redraw();
  });
  // the view moves at once; the part that is marked in the overview is an element
  page.view.addEventListener("change", () => {
    if (page.player.playing && !following && page.follow && (page.player.time < page.view.from || page.player.time > page.view.to)) page.follow = false;
    [...tracks.values(), scale].forEach((part) => page.redraw(part));
  });
  let following = false;
  let ticking = 0;
  function tick() {
    ticking = 0;
    const { player, view } = page;
    player.turn();
    if (page.follow && (player.time > view.to || player.time < view.from)) {
      following = true;
      view.reveal(player.time);
      following = false;
    }
    moved();
    if (player.playing) ticking = requestAnimationFrame(tick);
  }
  page.player.addEventListener("change", () => (ticking ||= requestAnimationFrame(tick)));
  const themed = () => page.redraw();
  theme.addEventListener("change", themed);
  const unlisten = keyboard(page);
  load();

  return {
    keys: KEYS,
    state: () => stateOf(page, { overlay, tracks, cards, similar, position, spanAt }),
    /** For tests: the CSV and the SVG of a layer. */
    page, tracks,
    destroy() {
      stop.abort();
      clearInterval(clockTimer);
      cancelAnimationFrame(frame);
      cancelAnimationFrame(ticking);
      frame = ticking = -1;
      unlisten();
      theme.removeEventListener("change", themed);
      page.player.destroy();
      page.rasters.destroy();
      cards.destroy();
      host.replaceChildren();
    },
  };
}

/** Whether the file behind a row may be read. */
const readable = (row) => !["missing", "changed"].includes(row.file?.state);
