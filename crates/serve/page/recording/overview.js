// The whole recording as a strip with the visible part marked, and the ruler of times and bars.
import { make } from "/ui/dom.js";
import { Surface } from "./surface.js";
import { byteRange, drawRaster } from "./raster_image.js";
import { timeGestures } from "./gestures.js";
import { timeTicks } from "./track.js";
import { clock } from "./music.js";
import { upTo } from "./model.js";
import { tint } from "./tint.js";

const WHOLE = (page) => ({ from: 0, to: page.view.duration });

/** The strip. The marked part can be dragged; a click elsewhere moves it there. */
export function overview(page) {
  const plot = new Surface("The whole recording", "overview", () => page.redraw(strip));
  const frame = make("div", { className: "overview-frame", tabIndex: 0, aria: { label: "Visible part" } });
  frame.setAttribute("role", "slider");
  const cursor = make("div", { className: "overview-cursor" });
  plot.canvas.removeAttribute("tabindex");
  const element = make("div", { className: "overview-strip" }, plot.canvas, frame, cursor);
  const box = () => plot.inside(2, 2);
  const timeAt = (event) => ((event.clientX - plot.canvas.getBoundingClientRect().left - box().left) / box().width) * page.view.duration;

  let held = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    const time = timeAt(event);
    const { view } = page;
    if (view.zoomed && (time < view.from || time > view.to)) view.show(time - view.span / 2, time + view.span / 2);
    held = { time, from: view.from, moved: false };
  });
  element.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.moved = true;
    const from = held.from + timeAt(event) - held.time;
    page.view.show(from, from + page.view.span);
  });
  const release = (event) => {
    if (held && !held.moved && event.type === "pointerup") page.player.seek(Math.max(0, held.time));
    held = null;
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
  element.addEventListener("dblclick", () => page.view.whole());
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { view } = page;
    const place = Math.min(1, Math.max(0, view.place(timeAt(event))));
    view.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 30 : 1) * (event.ctrlKey ? 0.01 : 0.002)), place);
  }, { passive: false });
  frame.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.9, PageDown: 0.9 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    page.view.pan(by);
  });

  const strip = {
    element,
    plot,
    draw() {
      if (!plot.begin(page.theme)) return;
      const { context } = plot;
      const inner = box();
      const { rasters, model, theme } = page;
      const raster = rasters.whole("spectrogram");
      if (raster?.columns) drawRaster(context, inner, raster, (raster.range ??= byteRange(raster)), theme.map, WHOLE(page));
      else if (model?.waveform) wave(context, inner, model.waveform, theme);
      else sketch(context, inner, page);
      this.place();
    },
    /** Moves the marked part and the cursor, which needs no drawing. */
    place() {
      const { view } = page;
      const inner = box();
      const x = (time) => inner.left + (time / view.duration) * inner.width;
      frame.hidden = !view.zoomed;
      frame.style.left = `${x(view.from)}px`;
      frame.style.width = `${Math.max(6, x(view.to) - x(view.from))}px`;
      frame.setAttribute("aria-valuemin", "0");
      frame.setAttribute("aria-valuemax", view.duration.toFixed(2));
      frame.setAttribute("aria-valuenow", view.from.toFixed(2));
      frame.setAttribute("aria-valuetext", `${clock(view.from)} to ${clock(view.to)}`);
      cursor.style.transform = `translateX(${x(Math.min(page.player.time, view.duration))}px)`;
    },
  };
  return strip;
}

function wave(context, box, { low, high }, theme) {
  context.fillStyle = tint(theme, 0, 0.7);
  const count = low.length;
  for (let pixel = 0; pixel < box.width; pixel++) {
    const first = Math.floor((pixel / box.width) * count);
    const last = Math.max(first + 1, Math.floor(((pixel + 1) / box.width) * count));
    let [least, most] = [0, 0];
    for (let i = first; i < last; i++) {
      least = Math.min(least, low[i] ?? 0);
      most = Math.max(most, high[i] ?? 0);
    }
    const middle = box.top + box.height / 2;
    context.fillRect(box.left + pixel, middle - (most * box.height) / 2, 1, Math.max(1, ((most - least) * box.height) / 2));
  }
}

/** Before anything is measured: the notes or beats of the row. */
function sketch(context, box, { model, view, theme }) {
  context.fillStyle = theme.colours["grid-strong"];
  context.fillRect(box.left, box.top + box.height / 2, box.width, 1);
  if (!model) return;
  context.fillStyle = tint(theme, 1, 0.6);
  for (const beat of model.downbeats.length ? model.downbeats : model.beats) context.fillRect(box.left + (beat / view.duration) * box.width, box.top + 3, 1, box.height - 6);
}

/** Times, and bars below them. Dragging selects a part for the loop. */
export function ruler(page) {
  const plot = new Surface("Times and bars", "ruler", () => page.redraw(scale));
  const box = () => plot.inside(0, 0);
  plot.canvas.removeAttribute("tabindex");
  timeGestures(plot.canvas, page.view, { box, seek: (time) => page.player.seek(time), select: (region) => page.select(region), selects: true });
  const scale = {
    element: make("div", { className: "ruler-strip", title: "Click: go there. Drag: select a part" }, plot.canvas),
    plot,
    draw() {
      if (!plot.begin(page.theme)) return;
      const { context } = plot;
      const inner = box();
      const { view, model, theme: { colours } } = page;
      context.textAlign = "center";
      context.textBaseline = "alphabetic";
      for (const { time, label } of timeTicks(view, inner.width / 86)) {
        const x = inner.left + view.place(time) * inner.width;
        context.fillStyle = colours["grid-strong"];
        context.fillRect(x, 15, 1, inner.height - 15);
        context.fillStyle = colours.muted;
        const half = context.measureText(label).width / 2;
        if (x + half < plot.width && x - half > 0) context.fillText(label, x, 11);
      }
      if (!model?.downbeats.length) return;
      const bars = model.downbeats;
      const each = bars.length > 1 ? (((bars.at(-1) - bars[0]) / (bars.length - 1)) / view.span) * inner.width : inner.width;
      const every = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].find((n) => n * each >= 34) ?? 1024;
      context.textAlign = "left";
      let free = 0;
      for (let i = upTo(bars, view.from - 1e-9); i < bars.length && bars[i] <= view.to; i++) {
        if (i % every) continue;
        const x = inner.left + view.place(bars[i]) * inner.width;
        context.fillStyle = colours.accent;
        context.fillRect(x, inner.height - 12, 1, 12);
        if (x < free || x + 18 > plot.width) continue;
        context.fillText(String(i + 1), x + 4, inner.height - 3);
        free = x + context.measureText(String(i + 1)).width + 8;
      }
      context.textAlign = "right";
      context.fillStyle = colours.muted;
      context.fillText("bar", inner.left - 6, inner.height - 3);
    },
  };
  return scale;
}
