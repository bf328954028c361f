// The status bar: delay, rates, and data that was lost, late, refused or dropped.
import { make, say } from "./dom.js";
import { count, number, span } from "./format.js";

/** The counters shown: the sum of those whose name contains the key. */
const NAMED = { gaps: "Gaps", lost: "Lost", refused: "Refused", late: "Late" };
/** As above for readings, in this order. */
const READINGS = { in: "In", folded: "Folded", late: "Late", refused: "Refused", duplicate: "Duplicate" };
/** Counters that do not indicate a problem. */
const FINE = ["in", "folded", "duplicate"];
const ALWAYS = ["gaps", "lost", "refused"];

export class StatusBar {
  #items = {};
  #counters = [];
  named = NAMED;

  constructor(list) {
    this.list = list;
    this.#add("delay", "Delay", "From the capture of a window's last sample to its picture: median and 99th percentile of the last 10 s");
    this.#add("rate", "Pictures/s", "Pictures received in the last second or two");
    for (const word of ALWAYS) this.#add(word, NAMED[word], "");
    this.#add("dropped", "Dropped", "");
  }

  #add(key, label, title, first = false) {
    const value = make("dd", { textContent: "–" });
    const item = make("div", { title, data: { key } }, make("dt", { textContent: label }), value);
    this.#items[key] = { item, value };
    if (first) this.list.prepend(item);
    else this.list.append(item);
  }

  #set(key, text, { title, alarm = false } = {}) {
    const { item, value } = this.#items[key];
    say(value, text);
    if (title !== undefined && item.title !== title) item.title = title;
    item.classList.toggle("alarm", alarm);
  }

  counters(counters) {
    this.#counters = counters;
    for (const [word, label] of Object.entries(this.named)) {
      const some = counters.filter((c) => c.name.split("_").includes(word));
      if (!some.length) continue;
      if (!this.#items[word]) this.#add(word, label, "");
      const sum = some.reduce((total, c) => total + c.value, 0);
      const lines = some.map((c) => `${c.help} ${c.labels.map(([n, v]) => `${n} ${v}`).join(", ")} ${count(c.value)}`);
      this.#set(word, count(sum), { title: lines.join("\n"), alarm: sum > 0 && !FINE.includes(word) });
    }
  }

  /** Recordings: throughput, lag, incomplete files and duplicates. `pictures`: whether there are spectra too. */
  recordings({ megabytes, duplicates, seconds, late, incomplete, pictures }) {
    if (!this.#items.megabytes) {
      // prepended, so that they are visible on a narrow screen
      this.#add("duplicates", "Duplicates", "Scans that arrived more than once and were dropped", true);
      this.#add("incomplete", "Incomplete", "Files that were emitted without all their scans", true);
      this.#add("lag", "Lag", "Time since the newest sample was taken", true);
      this.#add("megabytes", "MB/s", "Samples of the newest files over the time between their results", true);
    }
    this.#items.delay.item.hidden = this.#items.rate.item.hidden = !pictures;
    this.#set("megabytes", megabytes ? number(megabytes, megabytes < 100 ? 1 : 0) : "–");
    this.#set("lag", seconds === null ? "–" : span(seconds * 1000), { alarm: late });
    this.#set("incomplete", incomplete === null ? "–" : count(incomplete), { alarm: incomplete > 0 });
    this.#set("duplicates", duplicates === undefined ? "–" : count(duplicates), { alarm: duplicates > 0 });
  }

  /** Sensors: windows, and the counters of readings. */
  sensors({ windows, kept, total }) {
    if (!this.#items.windows) {
      for (const key of ["delay", "rate", "gaps", "lost", "dropped"]) this.#items[key].item.hidden = true;
      this.#add("kept", "Kept", "Windows that this page keeps, of all since the pipeline was started", true);
      for (const word of Object.keys(READINGS).reverse()) {
        if (!this.#items[word]) this.#add(word, READINGS[word], "", true);
        else this.list.prepend(this.#items[word].item);
      }
      this.#add("windows", "Windows/s", "Windows of the last second or two", true);
      this.named = READINGS;
      this.counters(this.#counters);
    }
    this.#set("windows", windows === null ? "–" : number(windows, windows < 10 ? 1 : 0));
    this.#set("kept", `${count(kept)} of ${count(Math.max(kept, total))}`);
  }

  /** Records of kinds without specific panels. */
  records({ rate, kept, total }) {
    if (!this.#items.records) {
      for (const key of ["delay", "rate", "dropped"]) this.#items[key].item.hidden = true;
      this.#add("kept", "Kept", "Records that this page keeps, of all since the pipeline was started", true);
      this.#add("records", "Records/s", "Records of the last second or two", true);
    }
    this.#set("records", rate === null ? "–" : number(rate, rate < 10 ? 1 : 0));
    this.#set("kept", `${count(kept)} of ${count(Math.max(kept, total))}`);
  }

  get all() {
    return this.#counters;
  }

  show({ delay, rate, thinned, dropped }) {
    const both = delay.count ? `${span(delay.p50)} / ${span(delay.p99)}` : "–";
    this.#set("delay", both);
    this.#set("rate", rate === null ? "–" : number(rate, rate < 10 ? 1 : 0));
    this.#set("dropped", count(dropped), {
      title: `Pictures dropped because this browser had not acknowledged earlier ones: ${count(dropped)}\n` +
        `Skipped to keep to the maximum rate: ${count(thinned)}`,
    });
  }
}
