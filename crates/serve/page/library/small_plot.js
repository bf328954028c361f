// A list of numbers as bars in a small canvas, on a scale that several plots share.
import { make } from "/ui/dom.js";

const PITCHES = ["C", "", "D", "", "E", "F", "", "G", "", "A", "", "B"];

export function smallPlot(list, { low, high, theme, colour, label, name }) {
  const canvas = make("canvas", { className: "small-plot", aria: { label } });
  canvas.setAttribute("role", "img");
  const names = /^chroma/.test(name) && list.length === 12 ? PITCHES : /^bar_pattern/.test(name) ? list.map((_, i) => (i % 4 ? "" : String(i / 4 + 1))) : null;

  function draw() {
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const bottom = names ? height - 12 : height - 1;
    const y = (value) => 2 + ((high - value) / (high - low)) * (bottom - 2);
    const each = width / Math.max(1, list.length);
    context.fillStyle = theme.colours["grid-strong"];
    context.fillRect(0, Math.round(y(0)), width, 1);
    context.fillStyle = theme.channel(colour);
    list.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const [a, b] = [y(value), y(0)];
      context.fillRect(i * each + 0.5, Math.min(a, b), Math.max(1, each - 1), Math.max(1, Math.abs(b - a)));
    });
    if (!names) return;
    context.font = `9px ${theme.font}`;
    context.textAlign = "center";
    context.fillStyle = theme.colours.muted;
    names.forEach((text, i) => text && context.fillText(text, (i + 0.5) * each, height - 2));
  }

  return { canvas, draw };
}
