// The page of one recording: everything on one time axis, with playback.
import { cursorOverlay } from "./cursor.js";
import { head } from "./head.js";
import { hovering } from "./hover.js";
import { KEYS, keyboard } from "./keyboard.js";
import { LAYERS } from "./layers.js";
import { make } from "/ui/dom.js";
import { musicCards } from "./cards.js";
import { overview, ruler } from "./overview.js";
import { Page } from "./page.js";
import { sideCards } from "./side.js";
import { similarCard } from "./similar.js";
import { stateOf } from "./state.js";
import { Track } from "./track.js";
import { transport } from "./transport.js";

export function recordingPage(host, { id, api, theme, back = "#/", frames = null }) {
  const page = new Page({ id, api, theme, back });
  const { player, view } = page;

  // drawing: once per frame, only what has changed
  const dirty = new Set();
  let frame = 0;
  page.redraw = (part) => {
    (part ? [part] : [...tracks.values(), strip, scale]).forEach((one) => dirty.add(one));
    frame ||= requestAnimationFrame(draw);
  };
  function draw() {
    frame = 0;
    frames?.begin(true);
    const parts = [...dirty];
    dirty.clear();
    if (page.model) parts.filter(({ layer }) => !layer || page.shown.has(layer.id)).forEach((part) => part.draw());
    moved();
    frames?.end();
  }
  /** Moves the cursor and shows the position; no layer is drawn for it. */
  function moved() {
    overlay.place();
    strip.place();
    deck.show();
  }

  const top = head(page);
  const overlay = cursorOverlay(page);
  const strip = overview(page);
  const scale = ruler(page);
  const deck = transport(page);
  const tracks = new Map(LAYERS.map((layer) => [layer.id, new Track(layer, page)]));
  const toggles = new Map(LAYERS.map(({ id: layer, name, title }) => [layer, make("button", {
    type: "button", className: "layer-toggle", textContent: name, title, on: { click: () => page.setLayer(layer, !page.shown.has(layer)) },
  })]));
  const hover = hovering(page, () => overlay.place());
  const cards = musicCards({ theme, rasters: page.rasters, name: () => page.model?.name ?? "recording" });
  const similar = similarCard(page);
  tracks.forEach(hover.connect);
  host.replaceChildren(make("div", { className: "recording" }, ...top.elements,
    make("div", { className: "rec-body" },
      make("div", { className: "rec-column" },
        make("section", { className: "rec-main panel", aria: { label: "Layers on the time axis" } },
          make("div", { className: "layer-toggles", role: "group", aria: { label: "Layers" } }, ...toggles.values()),
          make("div", { className: "rec-deck" }, deck.element, strip.element, scale.element),
          make("div", { className: "rec-tracks" }, ...[...tracks.values()].map(({ element }) => element), overlay.element)),
        cards.harmony),
      make("aside", { className: "rec-side", aria: { label: "Rhythm, similar recordings and score" } }, cards.rhythm, similar.element, ...sideCards(page))),
    hover.element));

  function showLayers() {
    for (const [layer, { element }] of tracks) {
      element.hidden = !page.shown.has(layer);
      toggles.get(layer).setAttribute("aria-pressed", String(page.shown.has(layer)));
    }
    page.redraw();
  }

  let ticking = 0;
  function tick() {
    ticking = 0;
    player.turn();
    if (page.follow && player.playing && (player.time > view.to || player.time < view.from)) page.reveal();
    moved();
    if (player.playing) ticking = requestAnimationFrame(tick);
  }

  const on = (target, type, act) => target.addEventListener(type, act);
  on(page, "row", () => similar.load(page.row, page.signal));
  on(page, "model", () => cards.show(page.model));
  on(page, "fault", () => page.fault && page.row && cards.missing());
  on(page, "shown", showLayers);
  on(page, "moved", moved);
  on(page, "rasters", () => {
    if (page.model) cards.tempogram(page.model);
    page.redraw();
  });
  // the strip of the whole recording does not change with the visible part
  on(page, "view", () => [...tracks.values(), scale].forEach((part) => page.redraw(part)));
  on(player, "change", () => (ticking ||= requestAnimationFrame(tick)));
  const themed = () => page.redraw();
  on(theme, "change", themed);
  const unlisten = keyboard(page);
  showLayers();
  page.load();

  return {
    keys: KEYS,
    state: () => stateOf(page, { overlay, tracks, cards, similar }),
    destroy() {
      cancelAnimationFrame(frame);
      cancelAnimationFrame(ticking);
      // a drawing that is still requested by an observer of sizes finds nothing to do
      frame = ticking = -1;
      unlisten();
      theme.removeEventListener("change", themed);
      page.destroy();
      top.destroy();
      cards.destroy();
      host.replaceChildren();
    },
  };
}
