// A canvas on the time axis, which may be lower than a panel of the live pages.
import { Plot } from "/plot/plot.js";

/** Least size that is drawn, in pixels of the screen. */
const LEAST = 8;

export class Surface extends Plot {
  /** Name of the colour behind the picture. */
  background = "plot";

  /** As `Plot.begin`, without its least height. */
  begin({ colours, font }) {
    const { canvas, context } = this;
    const { clientWidth, clientHeight } = canvas;
    this.ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [clientWidth, clientHeight].map((size) => Math.round(size * this.ratio));
    if (width < LEAST || height < LEAST) return false;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    Object.assign(this, { width: clientWidth, height: clientHeight });
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = colours[this.background];
    context.fillRect(0, 0, this.width, this.height);
    context.font = `11px ${font}`;
    context.lineWidth = 1;
    return true;
  }
}
