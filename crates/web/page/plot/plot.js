// A canvas at the resolution of the screen, with the margins shared by panels on one axis.
import { make } from "../ui/dom.js";

export const MARGIN = { left: 46, right: 14 };

export class Plot {
  width = 0;
  height = 0;
  ratio = 1;

  constructor(label, className, redraw) {
    this.canvas = make("canvas", { className, tabIndex: 0, aria: { label, roledescription: "plot" } });
    this.canvas.setAttribute("role", "img");
    this.context = this.canvas.getContext("2d");
    new ResizeObserver(redraw).observe(this.canvas);
  }

  /** Fits the canvas to the screen and clears it. Returns false if there is nothing to draw on. */
  begin({ colours, font }) {
    const { clientWidth, clientHeight } = this.canvas;
    this.ratio = Math.min(3, devicePixelRatio || 1);
    const width = Math.round(clientWidth * this.ratio);
    const height = Math.round(clientHeight * this.ratio);
    if (width < 80 || height < 40) return false;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.width = clientWidth;
    this.height = clientHeight;
    const { context } = this;
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = colours.plot;
    context.fillRect(0, 0, this.width, this.height);
    context.font = `11px ${font}`;
    context.lineWidth = 1;
    return true;
  }

  /** The area inside the margins. Its left and right edges are on whole device pixels. */
  inside(top, bottom) {
    const snap = (v) => Math.round(v * this.ratio) / this.ratio;
    const left = snap(MARGIN.left);
    const width = snap(this.width - MARGIN.right) - left;
    return { left, top: snap(top), width, height: snap(this.height - bottom) - snap(top) };
  }
}
