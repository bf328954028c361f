// A chord diagram of transitions: an arc per chord, a ribbon between two chords that follow each other.
import { count } from "/ui/format.js";
import { chordName, isMinor, pitchClass, rootColour } from "../recording/music.js";

/** Chords on the circle; the rest is left out and named in the table. */
const MOST = 24;
const TURN = 2 * Math.PI;
/** Space between two arcs, as a share of the circle. */
const GAP = 0.006;

/** The degree of a scale as a place in the circle of fifths, for colours. */
const DEGREES = { i: 0, ii: 2, iii: 4, iv: 5, v: 7, vi: 9, vii: 11 };
function rootOf(label) {
  const root = pitchClass(label);
  if (root !== null && !/^[b♭#♯]?[iv]+/i.test(label)) return root;
  const found = /^([b♭#♯]?)([iv]+)/i.exec(label);
  if (!found) return null;
  const step = DEGREES[found[2].toLowerCase()] ?? 0;
  return (step + (/[#♯]/.test(found[1]) ? 1 : found[1] ? 11 : 0)) % 12;
}
const minorOf = (label) => (/^[b♭#♯]?[iv]+/.test(label) ? true : isMinor(label));
const nameOf = (label) => (/^[b♭#♯]?[iv]+/i.test(label) ? label.replace("#", "♯").replace(/^b/, "♭") : chordName(label));

/**
 * Arcs and ribbons of `{ chords, counts }` (row: from, column: to). An arc is as long as the transitions from its chord; the
 * ends of a ribbon are as wide as the transitions in either direction.
 */
export function layout({ chords, counts }) {
  const sums = chords.map((_, i) => counts[i].reduce((a, b) => a + b, 0) + counts.reduce((sum, row) => sum + row[i], 0));
  const shown = chords.map((_, i) => i).filter((i) => sums[i] > 0).sort((a, b) => sums[b] - sums[a]).slice(0, MOST);
  // neighbours in the circle of fifths beside each other
  const fifth = (i) => ((rootOf(chords[i]) ?? 0) * 7) % 12;
  shown.sort((a, b) => fifth(a) - fifth(b) || Number(minorOf(chords[a])) - Number(minorOf(chords[b])) || a - b);
  const out = shown.map((i) => shown.map((j) => counts[i][j]));
  const leaving = out.map((row) => row.reduce((a, b) => a + b, 0));
  // a chord that is only reached has an arc too
  const arriving = shown.map((_, j) => out.reduce((sum, row) => sum + row[j], 0));
  const least = 0.15;
  const size = leaving.map((n) => Math.max(n, least));
  const total = size.reduce((a, b) => a + b, 0);
  const gap = shown.length > 1 ? GAP * TURN : 0;
  const scale = (TURN - gap * shown.length) / (total || 1);
  let angle = -TURN / 4;
  const arcs = shown.map((index, i) => {
    const from = angle;
    angle += size[i] * scale + gap;
    return { index, label: chords[index], leaving: leaving[i], arriving: arriving[i], from, to: from + size[i] * scale };
  });
  const at = arcs.map(({ from }) => from);
  const part = out.map((row, i) => row.map((n) => {
    const from = at[i];
    at[i] += n * scale;
    return { from, to: at[i] };
  }));
  const ribbons = [];
  for (let i = 0; i < shown.length; i++) {
    for (let j = i; j < shown.length; j++) {
      if (!out[i][j] && !out[j][i]) continue;
      const [a, b] = out[i][j] >= out[j][i] ? [i, j] : [j, i];
      ribbons.push({ a, b, source: part[a][b], target: part[b][a], forth: out[a][b], back: a === b ? 0 : out[b][a] });
    }
  }
  return { arcs, ribbons: ribbons.sort((a, b) => b.forth + b.back - a.forth - a.back), left: chords.length - shown.length };
}

const laid = new WeakMap();
function layoutOf(data) {
  if (!laid.has(data)) laid.set(data, layout(data));
  return laid.get(data);
}

const frame = (width, height) => ({ x: width / 2, y: height / 2, radius: Math.max(20, Math.min(width, height) / 2 - 26) });
const THICK = 11;

/** Data: `{ chords, counts }`. */
export const chordWheel = {
  round: true,
  height: 310,
  empty: (data) => (data && layoutOf(data).arcs.length ? null : "No transitions: fewer than two different chords follow each other."),

  draw(context, width, height, { theme, data, selected }) {
    const { x, y, radius } = frame(width, height);
    const { arcs, ribbons } = layoutOf(data);
    const inner = radius - THICK;
    const point = (angle, r) => [x + r * Math.cos(angle), y + r * Math.sin(angle)];
    const colour = ({ label }, opacity = 1) => rootColour(rootOf(label), theme, { minor: minorOf(label), opacity, bright: true });
    for (const { a, b, source, target } of ribbons) {
      const bright = selected === null || selected === undefined || selected === a || selected === b;
      context.fillStyle = colour(arcs[a], bright ? (selected === a || selected === b ? 0.85 : 0.5) : 0.08);
      context.beginPath();
      context.arc(x, y, inner - 2, source.from, Math.max(source.to, source.from + 0.004));
      context.quadraticCurveTo(x, y, ...point(target.from, inner - 2));
      context.arc(x, y, inner - 2, target.from, Math.max(target.to, target.from + 0.004));
      context.quadraticCurveTo(x, y, ...point(source.from, inner - 2));
      context.closePath();
      context.fill();
    }
    arcs.forEach((arc, i) => {
      context.fillStyle = colour(arc);
      context.beginPath();
      context.arc(x, y, radius, arc.from, arc.to);
      context.arc(x, y, inner, arc.to, arc.from, true);
      context.closePath();
      context.fill();
      const middle = (arc.from + arc.to) / 2;
      const [tx, ty] = point(middle, radius + 8);
      context.textAlign = Math.cos(middle) > 0.25 ? "left" : Math.cos(middle) < -0.25 ? "right" : "center";
      context.textBaseline = "middle";
      const crowded = arcs.length > 12 && (arc.to - arc.from) * radius < 7;
      if (crowded && selected !== i) return;
      context.fillStyle = selected === i ? theme.colours.accent : theme.colours.text;
      context.fillText(nameOf(arc.label), tx, ty + (Math.abs(Math.cos(middle)) <= 0.25 ? Math.sign(Math.sin(middle)) * 4 : 0));
    });
  },

  count: (data) => layoutOf(data).arcs.length,
  hit(px, py, width, height, data) {
    const { x, y, radius } = frame(width, height);
    const distance = Math.hypot(px - x, py - y);
    if (distance < radius * 0.35 || distance > radius + 26) return null;
    let angle = Math.atan2(py - y, px - x);
    if (angle < -TURN / 4) angle += TURN;
    const found = layoutOf(data).arcs.findIndex(({ from, to }) => angle >= from - GAP * 3 && angle <= to + GAP * 3);
    return found < 0 ? null : found;
  },
  tip(data, i) {
    const { arcs } = layoutOf(data);
    const { index, label, leaving } = arcs[i];
    const next = data.counts[index].map((n, j) => [data.chords[j], n]).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
    return `${nameOf(label)}: ${count(leaving)} transitions${next.length ? `, to ${next.slice(0, 4).map(([to, n]) => `${nameOf(to)} ${count(n)}`).join(", ")}` : ""}`;
  },
  table: (data) => ({ columns: ["from", "to", "transitions", "share"], rows: list(data).map(({ from, to, n, share }) => [from, to, n, share]) }),
  summary(data) {
    const most = list(data).slice(0, 5).map(({ from, to, n }) => `${nameOf(from)} to ${nameOf(to)} ${n}`).join(", ");
    const { left } = layoutOf(data);
    return `most frequent: ${most}${left > 0 ? `; ${left} rare chords are only in the table` : ""}`;
  },
};

/** Transitions, most frequent first; `share`: of those from the same chord. */
export function list({ chords, counts }) {
  return counts.flatMap((row, i) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((n, j) => ({ from: chords[i], to: chords[j], n, share: n / sum }));
  }).filter(({ n }) => n > 0).sort((a, b) => b.n - a.n || a.from.localeCompare(b.from));
}
export const transitionName = (label) => nameOf(label);
