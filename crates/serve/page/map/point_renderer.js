// Draws many points: with WebGL2, or into an array of pixels where there is no graphics card.
import { remember } from "/ui/dom.js";

const VERTEX = `#version 300 es
in float x; in float y; in vec4 tint; in float match;
uniform vec4 view;   // left, bottom, 1 / width, 1 / height
uniform vec2 pass;   // which points are drawn: 0 others, 1 matching; size in pixels
uniform vec4 dim;
flat out vec4 colour;
void main() {
  bool mine = (match > 0.5) == (pass.x > 0.5);
  vec2 at = (vec2(x, y) - view.xy) * view.zw;
  // a coordinate that is not a number compares false
  bool there = at.x >= -0.1 && at.x <= 1.1 && at.y >= -0.1 && at.y <= 1.1;
  gl_Position = mine && there ? vec4(at * 2.0 - 1.0, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = pass.y;
  colour = pass.x > 0.5 ? tint : dim;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 colour; out vec4 result;
void main() {
  float away = length(gl_PointCoord - 0.5);
  float cover = 1.0 - smoothstep(0.36, 0.5, away);
  if (cover <= 0.0) discard;
  result = vec4(colour.rgb * colour.a * cover, colour.a * cover);
}`;

class Shaded {
  constructor() {
    this.canvas = document.createElement("canvas");
    const gl = this.canvas.getContext("webgl2", { alpha: true, antialias: false, depth: false, preserveDrawingBuffer: true });
    if (!gl || (drawnByProcessor(gl) && !remember("webgl2"))) throw new Error("no WebGL2");
    this.gl = gl;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "");
    gl.useProgram(program);
    this.at = (name) => gl.getUniformLocation(program, name);
    this.buffers = {};
    for (const [name, size, type] of [["x", 1, gl.FLOAT], ["y", 1, gl.FLOAT], ["tint", 4, gl.UNSIGNED_BYTE], ["match", 1, gl.UNSIGNED_BYTE]]) {
      const place = gl.getAttribLocation(program, name);
      this.buffers[name] = gl.createBuffer();
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, type, name === "tint", 0, 0);
    }
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  set(name, values) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  image({ width, height, view, sizes, dim, count }) {
    const { gl } = this;
    if (gl.isContextLost()) throw new Error("context lost");
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform4f(this.at("view"), view.x0, view.y0, 1 / (view.x1 - view.x0), 1 / (view.y1 - view.y0));
    gl.uniform4f(this.at("dim"), ...dim.map((v) => v / 255));
    for (const pass of [0, 1]) {
      gl.uniform2f(this.at("pass"), pass, sizes[pass] + 1);
      gl.drawArrays(gl.POINTS, 0, count);
    }
    return this.canvas;
  }
}

/** WebGL2 without a graphics card is slower than an array of pixels. */
function drawnByProcessor(gl) {
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software|basic render/i.test(named ? gl.getParameter(named.UNMASKED_RENDERER_WEBGL) : "");
}

class Painted {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.values = {};
  }

  set(name, values) {
    this.values[name] = values;
  }

  image({ width, height, view, sizes, dim, count }) {
    const { x, y, tint, match } = this.values;
    if (this.canvas.width !== width || this.canvas.height !== height || !this.data) {
      Object.assign(this.canvas, { width, height });
      this.data = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.data.data.buffer);
    }
    const { pixels } = this;
    pixels.fill(0);
    const colours = new Uint32Array(tint.buffer, tint.byteOffset, count);
    const [r, g, b, a] = dim;
    const faint = ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
    const [sx, sy] = [width / (view.x1 - view.x0), height / (view.y1 - view.y0)];
    for (const pass of [0, 1]) {
      const side = Math.max(1, Math.round(sizes[pass]));
      const half = side >> 1;
      for (let i = 0; i < count; i++) {
        if (match[i] !== pass) continue;
        const px = ((x[i] - view.x0) * sx - half) | 0;
        const py = ((view.y1 - y[i]) * sy - half) | 0;
        if (!(x[i] >= view.x0 && x[i] <= view.x1 && y[i] >= view.y0 && y[i] <= view.y1)) continue;
        if (px < 0 || py < 0 || px + side > width || py + side > height) continue;
        const colour = pass ? colours[i] : faint;
        for (let v = 0, at = py * width + px; v < side; v++, at += width) {
          for (let u = 0; u < side; u++) pixels[at + u] = colour;
        }
      }
    }
    this.context.putImageData(this.data, 0, 0);
    return this.canvas;
  }
}

/** Points with a colour each (RGBA) and a mark whether they match; the others are drawn behind them in one colour. */
export class PointRenderer {
  #values = new Map();
  #image = null;
  #drawn = "";

  constructor() {
    try {
      this.surface = new Shaded();
    } catch {
      this.surface = new Painted();
    }
  }

  get kind() {
    return this.surface instanceof Shaded ? "webgl2" : "canvas";
  }

  /** Sets `x`, `y` (Float32Array), `tint` (Uint8Array, four a point) or `match` (Uint8Array of 0 and 1). */
  set(name, values) {
    this.#values.set(name, values);
    this.surface.set(name, values);
    this.#drawn = "";
  }

  get ready() {
    return ["x", "y", "tint", "match"].every((name) => this.#values.has(name));
  }

  /** The image for a view `{ x0, x1, y0, y1 }` with `sizes` of other and of matching points; the earlier one if nothing has changed. */
  image(options) {
    const key = JSON.stringify(options);
    if (key === this.#drawn) return this.#image;
    const count = this.#values.get("x").length;
    try {
      this.#image = this.surface.image({ ...options, count });
    } catch {
      this.surface = new Painted();
      for (const [name, values] of this.#values) this.surface.set(name, values);
      this.#image = this.surface.image({ ...options, count });
    }
    this.#drawn = key;
    return this.#image;
  }
}
