// Pointer and keys on a layer, and the values under the pointer.
import { clock } from "./music.js";
import { make } from "/ui/dom.js";
import { timeGestures } from "./gestures.js";

/** Distance of the values from the pointer, in pixels. */
const BESIDE = 14;
const ZOOM = 1.4;

/** Returns the element of the values and a function that connects a layer. `moved`: called when the pointer has moved. */
export function hovering(page, moved) {
  const element = make("div", { className: "rec-tip", hidden: true });

  function show(time, lines, event) {
    element.hidden = time === null || event.pointerType === "touch";
    if (element.hidden) return;
    element.replaceChildren(make("b", { textContent: clock(time, page.view.span < 2 ? 3 : 2) }), ...(lines ?? []).map((text) => make("span", { textContent: text })));
    const { offsetWidth: width, offsetHeight: height } = element;
    const { clientX: x, clientY: y } = event;
    element.style.left = `${Math.max(4, x + BESIDE + width > innerWidth ? x - BESIDE - width : x + BESIDE)}px`;
    element.style.top = `${Math.max(4, y - height - 10)}px`;
  }

  function connect(track) {
    const { layer, plot: { canvas } } = track;
    const rows = layer.axis && {
      zoom: (factor, place) => {
        layer.zoomRows(track, factor, place);
        page.redraw(track);
      },
      pan: (by) => {
        layer.panRows(track, by);
        page.redraw(track);
      },
    };
    timeGestures(canvas, page.view, {
      box: () => track.box,
      seek: (time) => page.player.seek(time),
      select: (region) => page.select(region),
      axis: rows,
      hover(time, place, event) {
        page.hovered = time;
        const before = track.state.hovered;
        const lines = time === null || !page.model || layer.none(page, track) ? null : layer.tip(page, time, place, track);
        if (time === null) track.state.hovered = null;
        if (before !== track.state.hovered) page.redraw(track);
        show(time, lines, event);
        moved();
      },
    });
    if (!rows) return;
    canvas.addEventListener("keydown", (event) => {
      if (!["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      rows.zoom(event.key === "ArrowUp" ? ZOOM : 1 / ZOOM, 0);
    });
  }
  return { element, connect };
}
