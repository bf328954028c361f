// Late and refused readings: counts by reason, and the newest refusals with place and excerpt.
import { count } from "../../ui/format.js";
import { make } from "../../ui/dom.js";
import { moment } from "../../plot/time_axis.js";

export class Rejected {
  #shown = null;

  constructor() {
    this.reasons = make("tbody");
    this.newest = make("tbody");
    this.none = make("p", { className: "hint", textContent: "No late or refused readings since the pipeline was started." });
    const head = (...names) => make("thead", {}, make("tr", {}, ...names.map((textContent) => make("th", { scope: "col", textContent }))));
    this.tables = [
      make("table", { className: "reasons" }, head("count", "reason"), this.reasons),
      make("table", { className: "newest" }, head("time (UTC)", "place", "reason", "bytes", "excerpt"), this.newest),
    ];
    this.element = make("div", { className: "rejected", tabIndex: 0, hidden: true, aria: { label: "Late and refused" } }, this.none, ...this.tables);
    this.element.setAttribute("role", "region");
  }

  /** `refusals`: the message from the server. */
  draw(refusals) {
    const { total = 0, reasons = {}, newest = [] } = refusals ?? {};
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
