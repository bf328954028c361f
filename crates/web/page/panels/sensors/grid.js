// The grid of cells: only visible cells are in the DOM, and they are redrawn when they change.
import { CELL, describeCell, drawCell } from "./cell.js";
import { make } from "../../ui/dom.js";

/** Time limit for drawing cells in one frame, in ms; the others are drawn in the next frame. */
const BUDGET = 6;

/** Maximum number of new elements per frame. */
const NEW = 8;

export class Cells {
  #pool = [];
  #columns = 1;
  #size = { width: CELL.width, height: CELL.height };
  list = [];
  /** The name of the cell that is in the tab order. */
  at = null;

  constructor(open, redraw) {
    this.open = open;
    this.redraw = redraw;
    this.inner = make("div", { className: "cells-inner" });
    this.element = make("div", { className: "cells", aria: { label: "Sensors" }, on: { keydown: (e) => this.#key(e) } }, this.inner);
    this.element.setAttribute("role", "group");
    const later = () => redraw();
    this.element.addEventListener("scroll", later, { passive: true });
    addEventListener("scroll", later, { passive: true });
    new ResizeObserver(later).observe(this.element);
  }

  /** The visible range of the list: first, and one past the last. */
  #sight() {
    const { element } = this;
    const inside = element.clientWidth - 2 * CELL.gap;
    const least = inside < 480 ? CELL.narrow : CELL.width;
    const columns = Math.max(1, Math.floor((inside + CELL.gap) / (least + CELL.gap)));
    const width = Math.floor((inside + CELL.gap) / columns) - CELL.gap;
    this.#columns = columns;
    this.#size = { width, height: CELL.height };
    const pitch = CELL.height + CELL.gap;
    const rows = Math.ceil(this.list.length / columns);
    const height = `${rows * pitch + CELL.gap}px`;
    if (this.inner.style.height !== height) this.inner.style.height = height;
    // on a narrow screen the page scrolls instead of the element
    const { top, bottom } = element.getBoundingClientRect();
    const above = element.scrollTop + Math.max(0, -top);
    const below = element.scrollTop + Math.max(0, Math.min(bottom, innerHeight) - top);
    return [columns * Math.max(0, Math.floor((above - CELL.gap) / pitch)), Math.min(this.list.length, columns * Math.ceil(below / pitch))];
  }

  /** Shows the list; `how` contains the parameters of drawing, and its `key` changes when all cells must be redrawn. */
  draw(list, how) {
    this.list = list;
    const [first, end] = this.#sight();
    const { width, height } = this.#size;
    const ratio = Math.min(3, devicePixelRatio || 1);
    const focus = document.activeElement;
    // a sensor keeps its element while it is visible
    const wanted = new Map();
    for (let at = first; at < end; at++) wanted.set(list[at].name, at);
    const free = [];
    const there = new Map();
    for (const cell of this.#pool) {
      if (wanted.has(cell.name)) there.set(cell.name, cell);
      else if (cell.element === focus && list.some(({ name }) => name === cell.name)) there.set(cell.name, cell);
      else free.push(cell);
    }
    const todo = [];
    let made = 0;
    const tab = wanted.has(this.at) ? this.at : list[first]?.name;
    for (const [name, at] of wanted) {
      const sensor = list[at];
      let cell = there.get(name);
      if (!cell) {
        cell = free.pop();
        if (!cell && made === NEW) {
          this.redraw();
          continue;
        }
        if (!cell) {
          made += 1;
          cell = this.#make();
        }
        Object.assign(cell, { name, drawn: "", at: 0 });
        cell.element.style.visibility = "hidden"; // until it is drawn
        cell.element.hidden = false;
      }
      const left = CELL.gap + (at % this.#columns) * (width + CELL.gap);
      const top = CELL.gap + Math.floor(at / this.#columns) * (height + CELL.gap);
      const place = `translate(${left}px, ${top}px)`;
      if (cell.place !== place) cell.element.style.transform = cell.place = place;
      cell.element.tabIndex = name === tab ? 0 : -1;
      const drawn = `${sensor.version} ${width} ${ratio} ${how.key} ${how.chosen === name}`;
      if (cell.drawn === drawn) continue;
      todo.push([cell, sensor, drawn]);
    }
    // the cells drawn least recently are first, so that none starves
    todo.sort(([a], [b]) => a.at - b.at);
    const begin = performance.now();
    for (const [cell, sensor, drawn] of todo) {
      if (performance.now() - begin > BUDGET) {
        this.redraw();
        break;
      }
      cell.drawn = drawn;
      cell.at = begin;
      this.#paint(cell, sensor, ratio, how);
      cell.element.style.visibility = "";
    }
    free.forEach((cell) => {
      cell.element.hidden = true;
      cell.name = null;
    });
  }

  #paint({ element, canvas, context }, sensor, ratio, how) {
    const { width, height } = this.#size;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) {
      Object.assign(canvas, { width: wide, height: high });
      canvas.style.cssText = `width:${width}px;height:${height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawCell(context, this.#size, sensor, how);
    element.setAttribute("aria-label", describeCell(sensor, how.field, how.columns));
    element.setAttribute("aria-pressed", String(how.chosen === sensor.name));
    element.title = sensor.name;
  }

  #make() {
    const canvas = make("canvas", { aria: { hidden: "true" } });
    const element = make("button", { type: "button", className: "cell", tabIndex: -1 }, canvas);
    const cell = { element, canvas, context: canvas.getContext("2d", { alpha: false }), name: null, drawn: "", at: 0, place: "" };
    element.addEventListener("click", () => this.open(cell.name));
    element.addEventListener("focus", () => (this.at = cell.name));
    this.inner.append(element);
    this.#pool.push(cell);
    return cell;
  }

  /** Arrow keys move from cell to cell, Home and End to the first and last. */
  #key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const from = this.list.findIndex(({ name }) => name === this.at);
    const to = Math.max(0, Math.min(this.list.length - 1, from + by));
    if (!this.list[to]) return;
    this.at = this.list[to].name;
    const top = Math.floor(to / this.#columns) * (CELL.height + CELL.gap);
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + CELL.height + 2 * CELL.gap > scrollTop + clientHeight) this.element.scrollTop = top + CELL.height + 2 * CELL.gap - clientHeight;
    this.redraw(true);
    const cell = this.#pool.find(({ name }) => name === this.at);
    cell?.element.focus({ preventScroll: true });
    cell?.element.scrollIntoView({ block: "nearest" });
  }
}
