// What moves over the layers while it plays: cursor, beat and bar, selected part. Elements are moved, so that no layer has
// to be drawn again.
import { make } from "/ui/dom.js";
import { MARGIN } from "/plot/plot.js";
import { intervalAt } from "./model.js";

export function cursorOverlay(page) {
  const part = (name) => make("div", { className: name, hidden: true });
  const [bar, beat, region, hover, line] = ["bar-mark", "beat-mark", "region-mark", "hover-line", "cursor-line"].map(part);
  const element = make("div", { className: "track-overlay", aria: { hidden: "true" } }, region, bar, beat, hover, line);
  element.style.left = `${MARGIN.left}px`;
  element.style.right = `${MARGIN.right}px`;
  let width = 0;
  new ResizeObserver(() => {
    width = element.clientWidth;
    place();
  }).observe(element);

  const span = (mark, interval) => {
    const { view } = page;
    mark.hidden = !interval || interval.end <= view.from || interval.start >= view.to;
    if (mark.hidden) return;
    const left = Math.max(0, view.place(interval.start)) * width;
    const right = Math.min(1, view.place(interval.end)) * width;
    mark.style.transform = `translateX(${left}px)`;
    mark.style.width = `${Math.max(1, right - left)}px`;
  };
  const at = (mark, time) => {
    const share = time === null ? -1 : page.view.place(time);
    mark.hidden = share < 0 || share > 1;
    if (!mark.hidden) mark.style.transform = `translateX(${share * width}px)`;
  };

  /** Moves everything to the position of the player. */
  function place() {
    const { model, player } = page;
    const { time } = player;
    at(line, time);
    at(hover, page.hovered ?? null);
    span(region, player.region);
    region.classList.toggle("looped", player.loop);
    const shown = player.playing || time > 0;
    span(bar, shown && model ? intervalAt(model.downbeats, time) : null);
    span(beat, shown && model ? intervalAt(model.beats, time) : null);
  }

  /** The position of the cursor in pixels from the left end of the axis; null if it is not visible. */
  const shownAt = () => (line.hidden ? null : Number(/translateX\(([-\d.e]+)px\)/.exec(line.style.transform)?.[1] ?? NaN));
  return { element, place, shownAt, width: () => width };
}
