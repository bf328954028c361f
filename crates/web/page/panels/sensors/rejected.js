// What was late or refused: how often for which reason, and the newest with their place and bytes.
import { count } from "../../ui/format.js";
import { make } from "../../ui/dom.js";
import { moment } from "../../plot/time_axis.js";

export class LeftOut {
  #shown = null;

  constructor() {
    this.reasons = make("tbody");
    this.newest = make("tbody");
    this.none = make("p", { className: "hint", textContent: "Nothing was late or refused since this page is served." });
    const head = (...names) => make("thead", {}, make("tr", {}, ...names.map((textContent) => make("th", { scope: "col", textContent }))));
    this.tables = [
      make("table", { className: "reasons" }, head("how many", "why"), this.reasons),
      make("table", { className: "newest" }, head("when (UTC)", "where", "why", "bytes", "what"), this.newest),
    ];
    this.element = make("div", { className: "left-out", tabIndex: 0, hidden: true, aria: { label: "Late and refused" } }, this.none, ...this.tables);
    this.element.setAttribute("role", "region");
  }

  /** `told`: as the server tells it. */
  draw(told) {
    const { total = 0, reasons = {}, newest = [] } = told ?? {};
    this.none.hidden = total > 0;
    this.tables.forEach((table) => (table.hidden = total === 0));
    const key = `${total} ${newest[0]?.time_us}`;
    if (key === this.#shown) return;
    this.#shown = key;
    const row = (...cells) => make("tr", {}, ...cells.map((textContent) => make("td", { textContent, title: textContent })));
    const often = Object.entries(reasons).sort(([, a], [, b]) => b - a);
    this.reasons.replaceChildren(...often.map(([why, many]) => row(count(many), why)));
    this.newest.replaceChildren(...newest.map(({ time_us: time, place, reason, bytes, excerpt }) =>
      row(moment(Math.floor(time / 1e6) * 1000), place, reason, count(bytes), excerpt)));
  }
}
