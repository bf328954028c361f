// A drawing context that writes SVG: the part of Canvas 2D that the pictures of these pages use, so that one function
// draws a picture on the screen, as PNG and as SVG.

const scratch = document.createElement("canvas").getContext("2d");
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)
  // characters that XML 1.0 does not allow
  .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd");
const round = (v) => String(Math.round(v * 100) / 100);

/** A CSS colour as `[#rrggbb, opacity]`, because programs that read SVG do not know the newer notations. */
function plain(colour) {
  scratch.fillStyle = "#000000";
  scratch.fillStyle = colour;
  const found = /^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/.exec(scratch.fillStyle);
  if (!found) return [scratch.fillStyle, 1];
  const [r, g, b] = found.slice(1, 4).map((v) => Number(v).toString(16).padStart(2, "0"));
  return [`#${r}${g}${b}`, Number(found[4])];
}

const STATE = ["fillStyle", "strokeStyle", "lineWidth", "globalAlpha", "font", "textAlign", "textBaseline", "lineJoin", "imageSmoothingEnabled"];
const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
/** Distance from the middle or top of a text to its baseline, in font sizes. */
const BASELINES = { alphabetic: 0, middle: 0.34, top: 0.8, bottom: -0.2 };

export class SvgContext {
  fillStyle = "#000000";
  strokeStyle = "#000000";
  lineWidth = 1;
  globalAlpha = 1;
  font = "11px sans-serif";
  textAlign = "left";
  textBaseline = "alphabetic";
  lineJoin = "miter";
  imageSmoothingEnabled = true;
  #dash = [];
  #path = "";
  #parts = [];
  #clips = 0;
  /** What `restore` returns to. */
  #stack = [];
  /** Groups of the current state that have to be closed. */
  #open = 0;

  constructor(width, height) {
    Object.assign(this, { width, height });
  }

  text() {
    const { width, height } = this;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${this.#parts.join("")}${"</g>".repeat(this.#open)}</svg>`;
  }

  save() {
    this.#stack.push([...STATE.map((name) => this[name]), this.#dash, this.#open]);
    this.#open = 0;
  }

  restore() {
    const state = this.#stack.pop();
    if (!state) return;
    this.#parts.push("</g>".repeat(this.#open));
    this.#open = state.pop();
    this.#dash = state.pop();
    STATE.forEach((name, i) => (this[name] = state[i]));
  }

  translate(x, y) {
    this.#parts.push(`<g transform="translate(${round(x)} ${round(y)})">`);
    this.#open += 1;
  }

  getTransform() {
    return { a: 1 };
  }

  setLineDash(dash) {
    this.#dash = dash;
  }

  beginPath() {
    this.#path = "";
  }
  moveTo(x, y) {
    this.#path += `M${round(x)} ${round(y)}`;
  }
  lineTo(x, y) {
    this.#path += `${this.#path ? "L" : "M"}${round(x)} ${round(y)}`;
  }
  quadraticCurveTo(a, b, x, y) {
    this.#path += `Q${round(a)} ${round(b)} ${round(x)} ${round(y)}`;
  }
  closePath() {
    this.#path += "Z";
  }
  rect(x, y, width, height) {
    this.#path += `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`;
  }
  roundRect(x, y, width, height, radius) {
    const r = Math.max(0, Math.min(radius, width / 2, height / 2));
    const corner = (dx, dy) => `a${round(r)} ${round(r)} 0 0 1 ${round(dx)} ${round(dy)}`;
    this.#path += `M${round(x + r)} ${round(y)}h${round(width - 2 * r)}${corner(r, r)}v${round(height - 2 * r)}${corner(-r, r)}h${round(2 * r - width)}${corner(-r, -r)}v${round(2 * r - height)}${corner(r, -r)}Z`;
  }
  arc(x, y, radius, from, to, back = false) {
    const at = (angle) => [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    this.lineTo(...at(from));
    // an arc of SVG cannot be a whole circle: parts below half a turn
    const steps = Math.max(1, Math.ceil(Math.abs(to - from) / 3));
    for (let i = 1; i <= steps; i++) {
      const [px, py] = at(from + ((to - from) * i) / steps);
      this.#path += `A${round(radius)} ${round(radius)} 0 0 ${back ? 0 : 1} ${round(px)} ${round(py)}`;
    }
  }

  clip() {
    const id = `clip${(this.#clips += 1)}`;
    this.#parts.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath><g clip-path="url(#${id})">`);
    this.#open += 1;
  }

  #painted(name, colour) {
    const [hex, opacity] = plain(colour);
    const alpha = opacity * this.globalAlpha;
    return `${name}="${hex}"${alpha < 1 ? ` ${name}-opacity="${round(alpha)}"` : ""}`;
  }
  #stroked() {
    const dash = this.#dash.length ? ` stroke-dasharray="${this.#dash.join(" ")}"` : "";
    return `fill="none" ${this.#painted("stroke", this.strokeStyle)} stroke-width="${round(this.lineWidth)}" stroke-linejoin="${this.lineJoin}"${dash}`;
  }

  fill() {
    this.#parts.push(`<path d="${this.#path}" ${this.#painted("fill", this.fillStyle)}/>`);
  }
  stroke() {
    this.#parts.push(`<path d="${this.#path}" ${this.#stroked()}/>`);
  }
  fillRect(x, y, width, height) {
    const [left, top] = [Math.min(x, x + width), Math.min(y, y + height)];
    this.#parts.push(`<rect x="${round(left)}" y="${round(top)}" width="${round(Math.abs(width))}" height="${round(Math.abs(height))}" ${this.#painted("fill", this.fillStyle)}/>`);
  }
  strokeRect(x, y, width, height) {
    this.#parts.push(`<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${this.#stroked()}/>`);
  }

  #written(text, x, y, paint) {
    const [, weight = "400", size = "11", family = "sans-serif"] = /^(?:(\d+) )?([\d.]+)px (.*)$/.exec(this.font) ?? [];
    const base = y + (BASELINES[this.textBaseline] ?? 0) * Number(size);
    this.#parts.push(`<text x="${round(x)}" y="${round(base)}" font-size="${size}" font-weight="${weight}" font-family="${escape(family.replaceAll('"', "'"))}" text-anchor="${ANCHORS[this.textAlign]}" ${paint}>${escape(text)}</text>`);
  }
  fillText(text, x, y) {
    this.#written(text, x, y, this.#painted("fill", this.fillStyle));
  }
  strokeText(text, x, y) {
    this.#written(text, x, y, this.#stroked());
  }
  measureText(text) {
    scratch.font = this.font;
    return scratch.measureText(text);
  }

  /** Embeds a part of a canvas as PNG. */
  drawImage(source, sx, sy, sw, sh, x, y, width, height) {
    const [left, top] = [Math.floor(sx), Math.floor(sy)];
    const part = document.createElement("canvas");
    part.width = Math.max(1, Math.min(source.width, Math.ceil(sx + sw)) - left);
    part.height = Math.max(1, Math.min(source.height, Math.ceil(sy + sh)) - top);
    part.getContext("2d").drawImage(source, -left, -top);
    // whole pixels of the source are embedded, so the part is a little larger than what was asked for
    const [scaleX, scaleY] = [width / sw, height / sh];
    const rendering = this.imageSmoothingEnabled ? "auto" : "pixelated";
    this.#parts.push(`<image x="${round(x + (left - sx) * scaleX)}" y="${round(y + (top - sy) * scaleY)}" width="${round(part.width * scaleX)}" height="${round(part.height * scaleY)}" preserveAspectRatio="none" image-rendering="${rendering}" href="${part.toDataURL("image/png")}"/>`);
  }
}
