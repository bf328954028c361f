// Which points a closed path encloses.

/** The rows inside a polygon `[[x, y], …]`, by the even-odd rule, and the rectangle around it. */
export function enclosed({ count, x, y }, path) {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const [px, py] of path) {
    box.x0 = Math.min(box.x0, px);
    box.x1 = Math.max(box.x1, px);
    box.y0 = Math.min(box.y0, py);
    box.y1 = Math.max(box.y1, py);
  }
  const rows = [];
  for (let i = 0; i < count; i++) {
    if (!(x[i] >= box.x0 && x[i] <= box.x1 && y[i] >= box.y0 && y[i] <= box.y1)) continue;
    if (inside(x[i], y[i], path)) rows.push(i);
  }
  return { rows, box };
}

function inside(x, y, path) {
  let odd = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [xi, yi] = path[i];
    const [xj, yj] = path[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
