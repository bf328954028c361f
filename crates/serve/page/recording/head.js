// The head of the recording page: title, facts, progress, and what has failed.
import { faultCard } from "../notice.js";
import { facts, titles } from "./facts.js";
import { make, say } from "/ui/dom.js";

export function head(page) {
  const title = make("h1", { textContent: "Recording" });
  const by = make("p", { className: "rec-by" });
  const list = make("dl", { className: "rec-facts" });
  const notice = make("div", { className: "rec-notice" });
  const elapsed = make("span");
  const progress = make("div", { className: "rec-progress", role: "status", hidden: true }, make("progress", { aria: { label: "Measuring the layers" } }), elapsed);
  let timer = 0;

  page.addEventListener("row", () => {
    const { title: text, by: maker, file, path } = titles(page.row);
    say(title, text);
    document.title = `${text} · Passband`;
    by.replaceChildren(...[maker, file].filter(Boolean).map((part) => make("span", { textContent: part })));
    by.title = path ?? "";
    list.replaceChildren(...facts(page.row).map(([name, value, about]) =>
      make("div", { title: about }, make("dt", { textContent: name }), make("dd", { textContent: value }))));
  });

  page.addEventListener("fault", () => {
    const { fault, row } = page;
    notice.replaceChildren();
    if (!fault) return;
    notice.append(faultCard(fault, fault.status === 404 ? null : page.load));
    if (row) notice.append(make("p", { className: "hint", textContent: "What the table holds of it is shown: beats, chords, notes and values of the row." }));
  });

  page.addEventListener("measuring", ({ detail: on }) => {
    clearInterval(timer);
    progress.hidden = !on;
    if (!on) return;
    const began = performance.now();
    const tell = () => say(elapsed, `The layers are being measured from the file … ${Math.round((performance.now() - began) / 1000)} s`);
    tell();
    timer = setInterval(tell, 1000);
  });

  return {
    elements: [
      make("div", { className: "rec-head" }, make("a", { className: "back", href: page.back, textContent: "‹ Library" }), make("div", { className: "rec-title" }, title, by), list),
      notice, progress,
    ],
    destroy: () => clearInterval(timer),
  };
}
