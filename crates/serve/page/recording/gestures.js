// Pointer, wheel and touch on the layers: zoom, pan, seek, selection of a part.

const SLOP = 4;

/**
 * Connects a canvas with the time axis. `handlers`: `box()`, the area inside the margins; `seek(time)`; `select({ start, end })`;
 * `selects`: dragging always selects a part, otherwise only with Shift; `hover(time, place, event)` with null when the
 * pointer has left; `axis`: `{ zoom(factor, place), pan(by) }` for the axis at the left.
 */
export function timeGestures(canvas, view, handlers) {
  const pointers = new Map();
  let held = null;
  let moved = false;
  let pinch = null;

  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };
  const across = (x) => (x - handlers.box().left) / handlers.box().width;
  const up = (y) => 1 - (y - handlers.box().top) / handlers.box().height;
  const clamp = (place) => Math.min(1, Math.max(0, place));
  const timeAt = (x) => view.time(clamp(across(x)));
  const hover = (event) => {
    const { x, y } = at(event);
    const inside = across(x) >= 0 && across(x) <= 1;
    handlers.hover?.(inside ? timeAt(x) : null, clamp(up(y)), event);
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return { middle: (a.x + b.x) / 2, distance: Math.max(24, Math.abs(a.x - b.x)) };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const p = at(event);
    try {
      canvas.setPointerCapture(event.pointerId);
    } catch {
      // the pointer has left in the meantime
    }
    pointers.set(event.pointerId, { ...p, first: p });
    moved = pointers.size > 1;
    if (pointers.size === 2) pinch = spread();
    else held = handlers.axis && across(p.x) < 0 ? "axis" : handlers.selects || event.shiftKey ? "select" : "time";
  });
  canvas.addEventListener("pointermove", (event) => {
    const old = pointers.get(event.pointerId);
    if (!old) return hover(event);
    const p = at(event);
    pointers.set(event.pointerId, { ...p, first: old.first });
    if (Math.hypot(p.x - old.first.x, p.y - old.first.y) > SLOP) moved = true;
    const { width, height } = handlers.box();
    if (pointers.size === 2) {
      const next = spread();
      view.zoom(next.distance / pinch.distance, clamp(across(next.middle)));
      view.pan((pinch.middle - next.middle) / width);
      pinch = next;
    } else if (moved && held === "select") {
      const [a, b] = [timeAt(old.first.x), timeAt(p.x)].sort((x, y) => x - y);
      if (b > a) handlers.select({ start: a, end: b });
    } else if (moved && held === "axis") {
      handlers.axis.pan((p.y - old.y) / height);
    } else if (moved) {
      view.pan((old.x - p.x) / width);
    }
  });
  const end = (event) => {
    const p = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!p || moved || event.type === "pointercancel" || held === "axis") return;
    handlers.seek(timeAt(p.x));
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("pointerleave", (event) => handlers.hover?.(null, 0, event));
  canvas.addEventListener("dblclick", (event) => {
    if (handlers.axis && across(at(event).x) < 0) handlers.axis.zoom(null);
    else view.whole();
  });
  canvas.addEventListener("wheel", (event) => {
    const { x, y } = at(event);
    const unit = event.deltaMode === 1 ? 30 : 1;
    const [dx, dy] = event.shiftKey && !event.deltaX ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    event.preventDefault();
    if (handlers.axis && across(x) < 0) return handlers.axis.zoom(Math.exp(-dy * unit * 0.002), clamp(up(y)));
    if (Math.abs(dx) > Math.abs(dy)) return view.pan((dx * unit) / handlers.box().width);
    // a pinch on a touchpad is a wheel with Ctrl and small steps
    view.zoom(Math.exp(-dy * unit * (event.ctrlKey ? 0.01 : 0.002)), clamp(across(x)));
  }, { passive: false });
}
