// What charts draw with: a canvas, or the text of an SVG image. Both take the same calls.

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
const short = (value) => Number(value.toFixed(2));

export class CanvasPainter {
  constructor(context, width, height, font) {
    Object.assign(this, { context, width, height, font });
  }

  measure(text, size = 11) {
    this.context.font = `${size}px ${this.font}`;
    return this.context.measureText(text).width;
  }

  rect(x, y, width, height, fill, opacity = 1) {
    const { context } = this;
    context.globalAlpha = opacity;
    context.fillStyle = fill;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
  }

  /** A line through points `[x, y]`; null interrupts it. */
  line(points, stroke, width = 1.4) {
    const { context } = this;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.beginPath();
    let pen = false;
    for (const point of points) {
      if (point) context[pen ? "lineTo" : "moveTo"](point[0], point[1]);
      pen = Boolean(point);
    }
    context.stroke();
    context.lineWidth = 1;
  }

  circle(x, y, radius, fill, opacity = 1) {
    const { context } = this;
    context.globalAlpha = opacity;
    context.fillStyle = fill;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.fill();
    context.globalAlpha = 1;
  }

  text(text, x, y, { align = "left", fill, size = 11 } = {}) {
    const { context } = this;
    context.font = `${size}px ${this.font}`;
    context.textAlign = align;
    context.textBaseline = "alphabetic";
    context.fillStyle = fill;
    context.fillText(text, x, y);
  }

  clip({ left, top, width, height }, draw) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    draw();
    context.restore();
  }
}

export class SvgPainter {
  #parts = [];
  #clips = 0;

  /** `measure(text, size)` is that of a canvas. */
  constructor(width, height, font, measure) {
    Object.assign(this, { width, height, font, measure });
  }

  rect(x, y, width, height, fill, opacity = 1) {
    this.#parts.push(`<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${escape(fill)}"${opacity < 1 ? ` opacity="${opacity}"` : ""}/>`);
  }

  line(points, stroke, width = 1.4) {
    let path = "";
    let pen = false;
    for (const point of points) {
      if (point) path += `${pen ? "L" : "M"}${short(point[0])} ${short(point[1])}`;
      pen = Boolean(point);
    }
    this.#parts.push(`<path d="${path}" fill="none" stroke="${escape(stroke)}" stroke-width="${width}" stroke-linejoin="round"/>`);
  }

  circle(x, y, radius, fill, opacity = 1) {
    this.#parts.push(`<circle cx="${short(x)}" cy="${short(y)}" r="${radius}" fill="${escape(fill)}"${opacity < 1 ? ` opacity="${opacity}"` : ""}/>`);
  }

  text(text, x, y, { align = "left", fill, size = 11 } = {}) {
    const anchor = { left: "start", center: "middle", right: "end" }[align];
    this.#parts.push(`<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" font-size="${size}" fill="${escape(fill)}">${escape(text)}</text>`);
  }

  clip({ left, top, width, height }, draw) {
    const id = `clip${++this.#clips}`;
    this.#parts.push(`<clipPath id="${id}"><rect x="${left}" y="${top}" width="${width}" height="${height}"/></clipPath><g clip-path="url(#${id})">`);
    draw();
    this.#parts.push("</g>");
  }

  toString() {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" font-family="${escape(this.font)}">${this.#parts.join("")}</svg>\n`;
  }
}
