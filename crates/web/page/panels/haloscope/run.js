// Candidates, and the figures of the run.
import { count, level, number, radio, width as wide } from "../../ui/format.js";
import { make, say } from "../../ui/dom.js";

/** Maximum number of candidates listed. */
const ROWS = 20;

export function createRun(panel, app) {
  const stream = app.stream(panel.stream);
  const view = app.view(panel.stream);
  const body = make("tbody");
  const note = make("p", { className: "hint" });
  const none = make("p", { className: "hint" });
  const head = [["", ""], ["MHz", "Frequency of the bin"], ["σ", "Excess over the baseline, in σ"], ["width", "Width of the line"], [stream.spec.unit || "level", "Level of the run there"]];
  const table = make("table", {},
    make("thead", {}, make("tr", {}, ...head.map(([text, title]) => make("th", { scope: "col", textContent: text, title })))), body);
  const candidates = make("section", { className: "card candidates", aria: { label: "Candidates" } },
    make("h2", { textContent: "Candidates" }), table, none, note);
  const list = make("dl", { className: "levels facts" });
  const heading = make("h2", { textContent: "Run" });
  const run = make("section", { className: "card", aria: { label: "Run" } }, heading, list);
  const element = make("div", { className: "cards fit" }, ...(panel.searched ? [candidates] : []), run);
  let shownLines;
  let shownFacts = "";

  const draw = () => {
    const picture = app.shown(stream) ?? null;
    const { run: total, lines } = stream.with(picture);
    if (lines !== shownLines) {
      shownLines = lines;
      listed(lines);
    }
    facts(picture, total);
  };

  function listed(found) {
    const lines = found?.lines ?? [];
    table.hidden = !lines.length;
    say(none, lines.length ? "" : found ? "No candidate above the threshold." : "–");
    const fine = Math.max(0, Math.min(6, Math.ceil(-Math.log10(stream.step / 1e6)) + 1));
    body.replaceChildren(...lines.slice(0, ROWS).map((line, i) => {
      const show = () => view?.setCursor(line.frequency);
      const frequency = make("button", {
        type: "button", className: "link-like", textContent: number(line.frequency / 1e6, fine),
        title: `${radio(line.frequency, stream.step)}: put the cursor there`, on: { click: show },
      });
      const cells = [`C${i + 1}`, frequency, number(line.excess, 2), wide(line.width), level(line.value, false)];
      return make("tr", { title: `baseline ${level(line.baseline, false)}` }, ...cells.map((c) => make("td", {}, c)));
    }));
    const more = (found?.all ?? 0) > ROWS ? `${count(found.all)} in all. ` : "";
    say(note, found ? `${more}Above ${number(found.threshold, 1)} σ in ${count(found.scans)} scans; noise alone would give ` +
      `${small(found.expected)}. Scatter of all bins ${number(found.scatter, 3)}\u00a0σ.` : "");
  }

  function facts(picture, total) {
    const rows = [];
    if (total) {
      const short = total.incomplete ? `, ${count(total.incomplete)} more incomplete` : "";
      const error = `${level(average(total.pooled_mean), false)} ± ${level(average(total.standard_error), false)}`;
      rows.push(["Since", date(total.start_us)]);
      if (total.end_us !== null) rows.push(["Until", date(total.end_us)]);
      rows.push(["Files", count(total.files) + short], ["Scans", count(total.scans)],
        ["Mean level", error, `In ${stream.spec.unit}, over all bins of all scans of the run, with its standard error`]);
    }
    if (picture) {
      const whole = picture.of ? `${count(picture.count)} of ${count(picture.of)}` : count(picture.count);
      rows.push([`File ${picture.index}`, `${picture.state}, ${whole}`, `${whole} scans`, picture.state === "incomplete"],
        ["Taken", date(picture.sampled * 1000)]);
    }
    say(heading, total ? `Run ${total.id}` : "File");
    const text = JSON.stringify(rows);
    if (text === shownFacts) return;
    shownFacts = text;
    list.replaceChildren(...rows.flatMap(([name, value, title, alarm]) =>
      [make("dt", { textContent: name }), make("dd", { textContent: value, title: title ?? value, className: alarm ? "alarm" : "" })]));
  }

  return { draw, side: element };
}

const small = (value) => (value >= 0.01 ? number(value, 2) : value.toExponential(0).replace("e-", "·10⁻").replace(/⁻(\d+)/, (_, n) =>
  `⁻${[...n].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("")}`));

const average = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** A time as `2026-01-31 12:00:00` (UTC). */
function date(micros) {
  const time = new Date(micros / 1000);
  return Number.isNaN(time.getTime()) ? "–" : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
