// The recordings chosen for comparison.

/** Maximum number of recordings that are compared side by side. */
export const MOST = 6;

/** Dispatches `change`, and `full` when a recording cannot be added. The order of selection is kept. */
export class Selection extends EventTarget {
  #ids = new Set();

  get ids() {
    return [...this.#ids];
  }
  get size() {
    return this.#ids.size;
  }
  has(id) {
    return this.#ids.has(id);
  }
  /** Adds or removes a recording; returns false if there is no space for it. */
  toggle(id) {
    if (!this.#ids.delete(id)) {
      if (this.#ids.size >= MOST) {
        this.dispatchEvent(new Event("full"));
        return false;
      }
      this.#ids.add(id);
    }
    this.dispatchEvent(new Event("change"));
    return true;
  }
  set(ids) {
    this.#ids = new Set(ids.slice(0, MOST));
    this.dispatchEvent(new Event("change"));
  }
}
