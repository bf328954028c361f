// The lines of the waterfall: a ring of rows, which are coloured when they are drawn.
import { remember } from "../ui/dom.js";

const VERTEX = `#version 300 es
in vec2 corner; void main() { gl_Position = vec4(corner, 0.0, 1.0); }`;
const FRAGMENT = `#version 300 es
precision highp float; precision highp int;
uniform highp sampler2D rows; uniform sampler2D colours;
uniform ivec4 ring;   // newest row, rows kept, rows filled, rows skipped
uniform vec2 range;   // lowest level, 1 / span
uniform vec2 size;    // height in pixels, pixels a row
out vec4 colour;
void main() {
  int age = int((size.x - gl_FragCoord.y) / size.y) + ring.w;
  if (age >= ring.z) { colour = vec4(0.0); return; }
  float level = texelFetch(rows, ivec2(int(gl_FragCoord.x), (ring.x - age + ring.y) % ring.y), 0).r;
  float t = clamp((level - range.x) * range.y, 0.0, 1.0);
  colour = texelFetch(colours, ivec2(int(t * 255.0 + 0.5), 0), 0);
}`;

/** Colouring on the graphics card: the texture contains levels, so changing the range is free. */
class Shaded {
  constructor() {
    this.canvas = document.createElement("canvas");
    const gl = this.canvas.getContext("webgl2", { alpha: true, antialias: false, depth: false });
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
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, Float32Array.of(-1, -1, 3, -1, -1, 3), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.bindAttribLocation(program, 0, "corner");
    gl.vertexAttribPointer(gl.getAttribLocation(program, "corner"), 2, gl.FLOAT, false, 0, 0);
    this.at = (name) => gl.getUniformLocation(program, name);
    this.most = gl.getParameter(gl.MAX_TEXTURE_SIZE);
    this.rows = this.#texture(0, "rows");
    this.colours = this.#texture(1, "colours");
  }

  #texture(unit, name) {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.uniform1i(this.at(name), unit);
    return texture;
  }

  reset(width, lines) {
    const { gl } = this;
    if (width > this.most || lines > this.most) throw new Error("larger than a texture can be");
    gl.activeTexture(gl.TEXTURE0);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, width, lines, 0, gl.RED, gl.FLOAT, null);
  }

  push(row, at) {
    const { gl } = this;
    gl.activeTexture(gl.TEXTURE0);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, at, row.length, 1, gl.RED, gl.FLOAT, row);
  }

  image(width, height, { newest, lines, filled, skip, thick, level, map }) {
    const { gl } = this;
    if (gl.isContextLost()) throw new Error("context lost");
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    if (this.map !== map) {
      this.map = map;
      gl.activeTexture(gl.TEXTURE1);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, map);
    }
    gl.viewport(0, 0, width, height);
    gl.uniform4i(this.at("ring"), newest, lines, filled, skip);
    gl.uniform2f(this.at("range"), level.bottom, 1 / (level.top - level.bottom));
    gl.uniform2f(this.at("size"), height, thick);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    return this.canvas;
  }
}

/** WebGL2 without a graphics card takes ten times as long as painting the lines directly. */
function drawnByProcessor(gl) {
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software|basic render/i.test(named ? gl.getParameter(named.UNMASKED_RENDERER_WEBGL) : "");
}

/** As above without WebGL: levels are stored, and lines are coloured when they become visible. */
class Painted {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
  }

  reset(width, lines) {
    this.rows = Array.from({ length: lines }, () => null);
    this.canvas.width = width;
    this.canvas.height = 1;
  }

  push(row, at) {
    this.rows[at] = row.slice();
  }

  image(width, height, { newest, lines, filled, skip, thick, level, map }) {
    if (this.canvas.height !== height || !this.pixels) {
      this.canvas.height = height;
      this.pixels = new Uint32Array(width * height);
    }
    if (this.pixels.length !== width * height) this.pixels = new Uint32Array(width * height);
    const colours = new Uint32Array(map.buffer);
    const scale = 255 / (level.top - level.bottom);
    for (let y = 0; y < height; ) {
      const age = Math.floor(y / thick) + skip;
      const end = Math.min(height, Math.ceil((Math.floor(y / thick) + 1) * thick));
      const start = y * width;
      if (age >= filled) this.pixels.fill(0, start, end * width);
      else {
        const row = this.rows[(newest - age + lines) % lines];
        for (let x = 0; x < width; x++) {
          const t = (row[x] - level.bottom) * scale;
          this.pixels[start + x] = colours[t <= 0 ? 0 : t >= 255 ? 255 : (t + 0.5) | 0];
        }
        for (let more = y + 1; more < end; more++) this.pixels.copyWithin(more * width, start, start + width);
      }
      y = Math.max(end, y + 1);
    }
    const bytes = new Uint8ClampedArray(this.pixels.buffer);
    this.context.putImageData(new ImageData(bytes, width, height), 0, 0);
    return this.canvas;
  }
}

/** A ring of `lines` rows of `width` levels. */
export class Raster {
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

  reset(width, lines) {
    Object.assign(this, { width, lines, filled: 0, newest: -1 });
    try {
      this.surface.reset(width, lines);
    } catch {
      this.surface = new Painted();
      this.surface.reset(width, lines);
    }
  }

  push(row) {
    this.newest = (this.newest + 1) % this.lines;
    this.filled = Math.min(this.lines, this.filled + 1);
    this.surface.push(row, this.newest);
  }

  /**
   * The image of `height` pixels with `thick` pixels per row, the newest on top after `skip` rows; null if the context
   * is lost.
   */
  image(height, { skip, thick, level, map }) {
    const { newest, lines, filled } = this;
    try {
      return this.surface.image(this.width, height, { newest, lines, filled, skip, thick, level, map });
    } catch {
      this.surface = new Painted();
      return null;
    }
  }
}
