// Noise over the number of averaged scans, with the expected 1/√N, on logarithmic axes.
import { make, say } from "../../ui/dom.js";
import { count, number } from "../../ui/format.js";
import { Plot } from "../../plot/plot.js";

const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const power = (p) => `10${p < 0 ? "⁻" : ""}${[...String(Math.abs(p))].map((d) => SUPER[d]).join("")}`;

export function createNoise(panel, app) {
  const stream = app.stream(panel.stream);
  const plot = new Plot("Noise over the number of scans", "series", app.redraw);
  const note = make("p", { className: "hint" });
  const element = make("div", { className: "cards" },
    make("section", { className: "card series", aria: { label: "Noise" } }, make("h2", { textContent: "Noise over scans" }), plot.canvas, note));

  const draw = () => {
    const { theme } = app;
    const points = stream.noise?.points ?? [];
    const newest = points.at(-1);
    const slope = stream.noise?.slope ?? null;
    say(note, newest ? `${newest.sigma.toPrecision(3)} after ${count(newest.scans)} scans; 1/√N is ${newest.expected.toPrecision(3)}.` +
      `${slope === null ? "" : ` Slope ${number(slope, 3)}, for ${number(-0.5)} expected.`}` : "–");
    if (!plot.begin(theme)) return;
    const { context } = plot;
    const { colours } = theme;
    const box = plot.inside(6, 30);
    const some = points.filter((p) => p.scans > 0 && p.sigma > 0 && p.expected > 0);
    if (!some.length) return;
    const across = ends(some.map((p) => p.scans), 2);
    const up = ends(some.flatMap((p) => [p.sigma, p.expected]), 1.6);
    const x = (v) => box.left + (Math.log(v / across.low) / Math.log(across.high / across.low)) * box.width;
    const y = (v) => box.top + (Math.log(up.high / v) / Math.log(up.high / up.low)) * box.height;
    context.textBaseline = "middle";
    context.textAlign = "right";
    ticks(up, box.height / 26, (v, text) => {
      context.fillStyle = text ? colours["grid-strong"] : colours.grid;
      context.fillRect(box.left, y(v), box.width, 1 / plot.ratio);
      context.fillStyle = colours.muted;
      context.fillText(text, box.left - 6, y(v));
    });
    context.textAlign = "center";
    ticks(across, box.width / 44, (v, text) => {
      context.fillStyle = text ? colours["grid-strong"] : colours.grid;
      context.fillRect(x(v), box.top, 1 / plot.ratio, box.height);
      context.fillStyle = colours.muted;
      context.fillText(text, x(v), box.top + box.height + 9);
    });
    context.fillStyle = colours.muted;
    context.fillText("scans N", box.left + box.width / 2, box.top + box.height + 23);
    // the expectation 1/√N is a straight line on logarithmic axes
    const [one] = some;
    const expected = (scans) => one.expected * Math.sqrt(one.scans / scans);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    context.strokeStyle = theme.channel(1);
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(box.left, y(expected(across.low)));
    context.lineTo(box.left + box.width, y(expected(across.high)));
    context.stroke();
    context.fillStyle = theme.channel(0);
    for (const point of some) {
      context.beginPath();
      context.arc(x(point.scans), y(point.sigma), some.length > 24 ? 1.7 : 2.6, 0, 7);
      context.fill();
    }
    context.restore();
    context.textAlign = "right";
    [["σ / baseline", 0], ["1/√N", 1]].forEach(([text, c], i) => {
      context.fillStyle = theme.channel(c, 1, theme.dark ? 6 : -4);
      context.fillText(text, box.left + box.width - 6, box.top + 10 + 14 * i);
    });
  };
  return { draw, side: element };
}

/** A range around values, extended by at least a factor in total. */
function ends(values, least) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  const room = Math.max(1.08, high / low < least ? Math.sqrt((least * low) / high) : 1);
  low /= room;
  high *= room;
  return { low, high };
}

/** Powers of ten, with 2 and 5 between them if there is space for `most` labels. */
function ticks({ low, high }, most, draw) {
  const decades = Math.log10(high / low);
  const named = decades * 3 <= most ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / Math.max(1, most)));
  for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++) {
    for (let m = 1; m < 10; m++) {
      const value = m * 10 ** p;
      if (value < low || value > high) continue;
      const shown = named.includes(m) && p % every === 0;
      draw(value, shown ? (m === 1 ? power(p) : `${m}·${power(p)}`) : "");
    }
  }
}
