// The circle of fifths: major keys outside, their relative minor keys inside, coloured by how often they occur.
import { count, number } from "/ui/format.js";
import { PITCHES, isMinor, keyName, pitchClass, rootColour } from "../recording/music.js";

/** Radii as shares of the outer one. */
const [OUTER, BETWEEN, INNER] = [1, 0.68, 0.36];
const TURN = 2 * Math.PI;

/** The 24 keys clockwise from the top, first the major, then the minor ones. Names as in the tables: C# major. */
export const KEYS = [false, true].flatMap((minor) => Array.from({ length: 12 }, (_, i) => {
  const root = ((i * 7) % 12 + (minor ? 9 : 0)) % 12;
  return { root, minor, name: `${PITCHES[root].replace("♯", "#")} ${minor ? "minor" : "major"}` };
}));

const indexOf = (name) => KEYS.findIndex(({ root, minor }) => root === pitchClass(name) && minor === isMinor(name));

/** The value and the name of each of the 24 keys; names as they were given, because a filter needs them so. */
function spread({ values }) {
  const all = KEYS.map(({ name }) => ({ name, value: 0 }));
  for (const [name, value] of values) {
    const at = indexOf(name);
    if (at >= 0) all[at] = { name, value: all[at].value + value };
  }
  return all;
}

const frame = (width, height) => ({ x: width / 2, y: height / 2, radius: Math.max(20, Math.min(width, height) / 2 - 6) });

/** Data: `{ values: [[key, value]], chosen: [key], what, digits }`. */
export const keyWheel = {
  round: true,
  height: 270,
  empty: (data) => (data?.values?.length ? null : "No key."),

  draw(context, width, height, { theme, data, selected }) {
    const { x, y, radius } = frame(width, height);
    const all = spread(data);
    const most = Math.max(...all.map(({ value }) => value), 1e-9);
    const chosen = new Set((data.chosen ?? []).map(indexOf));
    KEYS.forEach(({ root, minor }, i) => {
      const middle = ((i % 12) / 12) * TURN - TURN / 4;
      const [from, to] = [middle - TURN / 24, middle + TURN / 24];
      const [outside, inner] = (minor ? [BETWEEN, INNER] : [OUTER, BETWEEN]).map((share) => share * radius);
      const path = () => {
        context.beginPath();
        context.arc(x, y, outside, from, to);
        context.arc(x, y, inner, to, from, true);
        context.closePath();
      };
      const { value } = all[i];
      path();
      context.fillStyle = theme.colours.grid;
      context.fill();
      if (value > 0) {
        path();
        context.fillStyle = rootColour(root, theme, { minor, opacity: 0.3 + 0.7 * Math.sqrt(value / most) });
        context.fill();
      }
      path();
      context.lineWidth = 1;
      context.strokeStyle = theme.colours.surface;
      context.stroke();
      if (i === selected || chosen.has(i)) {
        context.lineWidth = 2;
        context.strokeStyle = chosen.has(i) ? theme.colours.accent : theme.colours.muted;
        // inside its own borders, which the next sector would cover otherwise
        context.beginPath();
        context.arc(x, y, outside - 2, from + 0.01, to - 0.01);
        context.arc(x, y, inner + 2, to - 0.015, from + 0.015, true);
        context.closePath();
        context.stroke();
      }
      const at = (outside + inner) / 2;
      const [tx, ty] = [x + at * Math.cos(middle), y + at * Math.sin(middle)];
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = value > 0 ? theme.colours.text : theme.colours.muted;
      const text = PITCHES[root] + (minor ? "m" : "");
      const figure = value > (data.digits ? 0.5 / 10 ** data.digits : 0) && radius > 90 ? figureOf(data, value) : "";
      context.fillText(text, tx, figure ? ty - 6 : ty);
      if (figure) {
        context.fillStyle = theme.colours.text;
        context.fillText(figure, tx, ty + 7);
      }
    });
    context.lineWidth = 1;
  },

  count: () => KEYS.length,
  hit(px, py, width, height) {
    const { x, y, radius } = frame(width, height);
    const distance = Math.hypot(px - x, py - y) / radius;
    if (distance > OUTER || distance < INNER) return null;
    const turn = (Math.atan2(py - y, px - x) + TURN / 4 + TURN / 24 + TURN) % TURN;
    return Math.floor((turn / TURN) * 12) + (distance < BETWEEN ? 12 : 0);
  },
  tip(data, i) {
    const { name, value } = spread(data)[i];
    return `${keyName(name)}: ${figureOf(data, value)} ${data.what}`;
  },
  name: (data, i) => spread(data)[i].name,
  table: (data) => ({ columns: ["key", data.what], rows: data.values.map(([name, value]) => [name, value]) }),
  summary: (data) => data.values.slice(0, 5).map(([name, value]) => `${keyName(name)} ${figureOf(data, value)}`).join(", "),
};

const figureOf = ({ digits }, value) => (digits ? number(value, digits) : count(value));
