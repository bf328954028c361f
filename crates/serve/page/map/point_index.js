// Finds the point that is nearest to a place.

const SIDE = 256;

/** Points sorted into cells of a square grid over their extent. */
export class PointIndex {
  constructor({ count, x, y }) {
    Object.assign(this, { count, x, y, extent: extentOf(x, y, count) });
    const { left, bottom, width, height } = this.extent;
    const cell = (i) => {
      const c = Math.min(SIDE - 1, Math.floor(((x[i] - left) / width) * SIDE));
      const r = Math.min(SIDE - 1, Math.floor(((y[i] - bottom) / height) * SIDE));
      return r * SIDE + c;
    };
    // counting sort
    const starts = new Uint32Array(SIDE * SIDE + 1);
    const present = (i) => x[i] === x[i] && y[i] === y[i];
    for (let i = 0; i < count; i++) if (present(i)) starts[cell(i) + 1] += 1;
    for (let k = 0; k < SIDE * SIDE; k++) starts[k + 1] += starts[k];
    this.starts = starts;
    this.placed = starts[SIDE * SIDE];
    this.order = new Uint32Array(this.placed);
    const next = starts.slice();
    for (let i = 0; i < count; i++) if (present(i)) this.order[next[cell(i)]++] = i;
  }

  /** The nearest point that `accept`s, within radii in units of the axes; −1 if there is none. */
  nearest(px, py, rx, ry, accept = () => true) {
    const { left, bottom, width, height } = this.extent;
    const clamp = (v) => Math.max(0, Math.min(SIDE - 1, Math.floor(v * SIDE)));
    const [c0, c1] = [clamp((px - rx - left) / width), clamp((px + rx - left) / width)];
    const [r0, r1] = [clamp((py - ry - bottom) / height), clamp((py + ry - bottom) / height)];
    let best = -1;
    let least = 1;
    for (let r = r0; r <= r1; r++) {
      for (let k = this.starts[r * SIDE + c0], end = this.starts[r * SIDE + c1 + 1]; k < end; k++) {
        const i = this.order[k];
        const distance = ((this.x[i] - px) / rx) ** 2 + ((this.y[i] - py) / ry) ** 2;
        if (distance < least && accept(i)) {
          least = distance;
          best = i;
        }
      }
    }
    return best;
  }

  /** The nearest accepted point in a direction (`dx`, `dy` of −1, 0, 1), by distance along it and, twice as much, across. */
  towards(from, dx, dy, view, accept) {
    let best = -1;
    let least = Infinity;
    for (const i of this.order) {
      if (i === from || !accept(i)) continue;
      const ax = (this.x[i] - this.x[from]) / (view.x1 - view.x0);
      const ay = (this.y[i] - this.y[from]) / (view.y1 - view.y0);
      const along = ax * dx + ay * dy;
      const across = Math.abs(ax * dy) + Math.abs(ay * dx);
      if (along <= 0 || across > along) continue;
      const cost = along + 2 * across;
      if (cost < least) {
        least = cost;
        best = i;
      }
    }
    return best;
  }
}

function extentOf(x, y, count) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    if (x[i] !== x[i] || y[i] !== y[i]) continue;
    if (x[i] < left) left = x[i];
    if (x[i] > right) right = x[i];
    if (y[i] < bottom) bottom = y[i];
    if (y[i] > top) top = y[i];
  }
  if (!(left <= right)) return { left: 0, bottom: 0, width: 1, height: 1 };
  return { left, bottom, width: right - left || Math.abs(left) || 1, height: top - bottom || Math.abs(bottom) || 1 };
}
