// A chart in the page: drawn on a canvas, with the values under the pointer, and saved as PNG or SVG.
import { CanvasPainter, SvgPainter } from "./painter.js";
import { drawChart } from "./chart.js";
import { fileName, save } from "../save.js";
import { make } from "/ui/dom.js";
import { oncePerFrame } from "../latest.js";

const REACH = 30;

export class ChartView {
  data = null;
  settings = null;
  hits = [];

  constructor({ theme, frames }) {
    Object.assign(this, { theme, frames });
    this.canvas = make("canvas", { className: "chart", tabIndex: 0, aria: { label: "Chart of the result" } });
    this.canvas.setAttribute("role", "img");
    this.tip = make("div", { className: "tip", hidden: true });
    this.element = make("div", { className: "chart-host" }, this.canvas, this.tip);
    this.draw = oncePerFrame(() => this.#draw());
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.element);
    theme.addEventListener("change", this.draw);
    this.canvas.addEventListener("pointermove", (event) => this.#point(event));
    this.canvas.addEventListener("pointerleave", () => (this.tip.hidden = true));
  }

  destroy() {
    this.draw.stop();
    this.resized.disconnect();
    this.theme.removeEventListener("change", this.draw);
  }

  /** `data`: `{ columns, rows }`; `settings`: `{ mark, x, y, colour }`. */
  show(data, settings) {
    Object.assign(this, { data, settings });
    this.canvas.setAttribute("aria-label", `${settings.mark} chart of ${settings.y} by ${settings.x}, ${data.rows.length} rows`);
    this.draw();
  }

  #draw() {
    const { canvas, theme } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!this.data || width < 40 || height < 40) return;
    this.frames?.begin(true);
    const ratio = Math.min(3, devicePixelRatio || 1);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.painter = new CanvasPainter(context, width, height, theme.font);
    this.hits = drawChart(this.painter, this.data, this.settings, theme);
    this.frames?.end();
  }

  #point({ offsetX, offsetY }) {
    let best = null;
    let least = REACH;
    for (const hit of this.hits) {
      const away = Math.hypot(hit.x - offsetX, hit.y - offsetY);
      if (away < least) {
        least = away;
        best = hit;
      }
    }
    this.tip.hidden = !best;
    if (!best) return;
    this.tip.replaceChildren(...best.text.map(([name, value]) => make("div", {}, make("span", { className: "hint", textContent: `${name} ` }), value)));
    const right = best.x > this.canvas.clientWidth / 2;
    this.tip.style.left = right ? "auto" : `${best.x + 12}px`;
    this.tip.style.right = right ? `${this.canvas.clientWidth - best.x + 12}px` : "auto";
    this.tip.style.top = `${Math.max(0, best.y - 20)}px`;
  }

  savePng(name) {
    this.canvas.toBlob((blob) => blob && save(blob, fileName(name, "png")), "image/png");
  }

  svg() {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const painter = new SvgPainter(width, height, this.theme.font, (text, size) => this.painter.measure(text, size));
    drawChart(painter, this.data, this.settings, this.theme);
    return String(painter);
  }

  saveSvg(name) {
    save(this.svg(), fileName(name, "svg"), "image/svg+xml");
  }
}
