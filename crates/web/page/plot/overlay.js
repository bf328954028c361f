// Overlays of the traces: peak labels, markers, the cursor.
import { hertz, note, radio } from "../ui/format.js";

const yOf = (box, { top, bottom }, value) =>
  box.top + Math.min(box.height, Math.max(0, ((top - value) / (top - bottom)) * box.height));

/** The bin of a channel that is nearest to a frequency, and its level. */
export function reading(stream, values, channel, frequency) {
  const { bins, offset } = stream.spec;
  const bin = Math.min(bins - 1, Math.max(0, Math.round((frequency - offset) / stream.step)));
  return values[channel * bins + bin];
}

/** Draws text that remains legible over lines. */
export function haloed(context, text, x, y, colour, halo) {
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
  context.lineWidth = 1;
}

/** Labels the strongest peaks with their frequencies, as far as there is space. */
export function peakLabels({ context, box: whole, boxes, view, theme, peaks }) {
  const most = Math.max(4, Math.floor(whole.width / 100));
  // The numbers of markers are at the top.
  const taken = view.markers.map(({ frequency }) => whole.left + view.place(frequency) * whole.width)
    .map((x) => ({ left: x - 11, right: x + 11, top: whole.top, bottom: whole.top + 18 }));
  const room = taken.length + most;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const peak of [...peaks].sort((a, b) => b.level - a.level)) {
    if (taken.length === room) break;
    const box = view.apart ? boxes[peak.channel] : boxes[0];
    const x = box.left + view.place(peak.interpolated) * box.width;
    if (x < box.left || x > box.left + box.width || peak.level < view.level.bottom) continue;
    const y = yOf(box, view.level, peak.level);
    // As many digits as a few pixels can resolve.
    const some = view.frequency(view.place(peak.interpolated) + 5 / box.width) - peak.interpolated;
    const text = hertz(peak.interpolated, Math.max(some, view.step));
    const half = context.measureText(text).width / 2 + 4;
    const base = Math.max(box.top + 14, y - 9);
    // Above the peak, or beside it if it reaches the top or another element is in the way.
    const places = [x, x + half + 4, x - half - 4].slice(y - 9 < box.top + 14 ? 1 : 0)
      .filter((middle) => middle - half >= box.left && middle + half <= box.left + box.width)
      .map((middle) => ({ middle, left: middle - half, right: middle + half, top: base - 13, bottom: base + 4 }));
    const mine = places.find((place) => !taken.some((t) =>
      place.left < t.right && place.right > t.left && place.top < t.bottom && place.bottom > t.top));
    if (!mine) continue;
    taken.push(mine);
    haloed(context, text, mine.middle, base, theme.channel(peak.channel, 1, theme.dark ? 12 : -6), theme.colours.plot);
    context.beginPath();
    context.arc(x, y, 2.5, 0, 7);
    context.fill();
  }
}

/** Vertical lines with their numbers. */
export function markerFlags({ context, box, view, theme }) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const marker of view.markers) {
    const place = view.place(marker.frequency);
    if (place < 0 || place > 1) continue;
    const x = box.left + place * box.width;
    context.strokeStyle = theme.colours.accent;
    context.setLineDash([3, 3]);
    context.beginPath();
    context.moveTo(x, box.top + 16);
    context.lineTo(x, box.top + box.height);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = theme.colours.accent;
    context.beginPath();
    context.roundRect(x - 9, box.top, 18, 16, 4);
    context.fill();
    context.fillStyle = theme.colours.plot;
    context.fillText(String(marker.number), x, box.top + 8.5);
  }
}

/** The marker whose line is under the pointer. */
function nearMarker({ box, view }, x, y) {
  const distance = (marker) => Math.abs(box.left + view.place(marker.frequency) * box.width - x);
  const near = y < box.top + 20 ? 14 : 6;
  return view.markers.filter((m) => distance(m) < near).sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** The gestures for markers: a click sets one, and markers can be dragged. */
export function markers(view, box) {
  const frequency = (x) => view.frequency(Math.min(1, Math.max(0, (x - box().left) / box().width)));
  return {
    grab: (x, y) => {
      const marker = nearMarker({ box: box(), view }, x, y);
      return marker && {
        move: (to) => {
          marker.frequency = frequency(to);
          view.changed();
        },
      };
    },
    click: (x) => view.addMarker(frequency(x)),
  };
}

/** The position of the cursor on the plot, or null. */
function cursorAt({ box, view }) {
  const place = view.cursor === null ? -1 : view.place(view.cursor);
  return place < 0 || place > 1 ? null : box.left + place * box.width;
}

/** Draws a line through the cursor. */
export function cursorLine({ context, box, view, theme }) {
  const x = cursorAt({ box, view });
  if (x === null) return;
  context.fillStyle = theme.colours.text;
  context.globalAlpha = 0.6;
  context.fillRect(x - 0.5, box.top, 1, box.height);
  context.globalAlpha = 1;
}

/** Draws the values at the cursor at the bottom of the plot, where they hide no peak. */
export function cursorFlag({ context, box, view, stream, theme, readings }) {
  const x = cursorAt({ box, view });
  if (x === null) return;
  const levels = readings.map((text, c) => [text, theme.channel(c, 1, theme.dark ? 8 : 0)]);
  const parts = [[(stream.files ? radio : hertz)(view.cursor, stream.step), theme.colours.text], [note(view.cursor), theme.colours.muted], ...levels]
    .filter(([text]) => text);
  const widths = parts.map(([text]) => context.measureText(text).width + 10);
  const width = widths.reduce((a, b) => a + b, 6);
  const left = Math.max(box.left, x + 10 + width > box.left + box.width ? x - 10 - width : x + 10);
  const top = box.top + box.height - 30;
  context.fillStyle = theme.colours.surface;
  context.strokeStyle = theme.colours.line;
  context.beginPath();
  context.roundRect(left, top, width, 22, 5);
  context.fill();
  context.stroke();
  context.textAlign = "left";
  context.textBaseline = "middle";
  let at = left + 8;
  parts.forEach(([text, colour], i) => {
    context.fillStyle = colour;
    context.fillText(text, at, top + 11.5);
    at += widths[i];
  });
}
