// Pointer, wheel and touch on a plot with a frequency axis.

const CLICK_WAIT = 230;
const SLOP = 5;

/**
 * Connects a plot with a view. `handlers` may contain: `box()`, the inner area of the plot; `grab(x, y)`, which returns
 * an object with `move(x, y)` if something can be dragged; `click(x, y)`; `hover(x, y)`, called with null when the
 * pointer has left; `scale(factor, y)` and `shift(dy)` for the level axis.
 */
export function gestures(canvas, view, handlers) {
  const pointers = new Map();
  let held = null;
  let moved = false;
  let pinch = null;
  let waiting = 0;

  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };
  const place = (x) => (x - handlers.box().left) / handlers.box().width;
  const hover = (x, y) => {
    view.setCursor(x === null ? null : view.frequency(Math.min(1, Math.max(0, place(x)))));
    handlers.hover?.(x, y);
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { middle: (a.x + b.x) / 2, distance: Math.max(24, Math.abs(a.x - b.x)) };
  };

  canvas.addEventListener("pointerdown", (event) => {
    const p = at(event);
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // The pointer has left in the meantime.
    }
    pointers.set(event.pointerId, { ...p, first: p });
    moved = pointers.size > 1;
    if (pointers.size === 2) pinch = spread();
    else held = p.x < handlers.box().left ? "level" : (handlers.grab?.(p.x, p.y) ?? "axis");
  });
  canvas.addEventListener("pointermove", (event) => {
    const p = at(event);
    const old = pointers.get(event.pointerId);
    if (!old) return hover(p.x, p.y);
    pointers.set(event.pointerId, { ...p, first: old.first });
    if (Math.hypot(p.x - old.first.x, p.y - old.first.y) > SLOP) moved = true;
    if (pointers.size === 2) {
      const next = spread();
      view.zoom(next.distance / pinch.distance, place(next.middle));
      view.pan((pinch.middle - next.middle) / handlers.box().width);
      pinch = next;
    } else if (!moved) {
      return;
    } else if (held?.move) {
      held.move(p.x, p.y);
      hover(p.x, p.y);
    } else if (held === "level") {
      handlers.shift?.(p.y - old.y);
    } else if (view.zoomed) {
      view.pan((old.x - p.x) / handlers.box().width);
    } else {
      hover(p.x, p.y);
    }
  });
  const up = (event) => {
    const p = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!p || moved || event.type === "pointercancel") return;
    hover(p.x, p.y);
    // A double click resets the zoom, so a single click is delayed until the second can no longer follow.
    clearTimeout(waiting);
    if (!held?.move && held !== "level") waiting = setTimeout(() => handlers.click?.(p.x, p.y), CLICK_WAIT);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse" && !pointers.size) hover(null, null);
  });
  canvas.addEventListener("dblclick", (event) => {
    clearTimeout(waiting);
    if (at(event).x < handlers.box().left) handlers.scale?.(null);
    else view.whole();
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const p = at(event);
      const unit = event.deltaMode === 1 ? 30 : 1;
      const [dx, dy] = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      if (p.x < handlers.box().left) return handlers.scale?.(Math.exp(-dy * unit * 0.002), p.y);
      if (Math.abs(dx) > Math.abs(dy)) return view.pan((dx * unit) / handlers.box().width);
      view.zoom(Math.exp(-dy * unit * 0.002), place(p.x));
      hover(p.x, p.y);
    },
    { passive: false },
  );
}
