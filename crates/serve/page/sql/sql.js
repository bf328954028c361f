// SQL over all tables: editor, history, result as table and chart, saved as a link.
import { aborted } from "../api.js";
import { Editor } from "./editor.js";
import { faultCard } from "../notice.js";
import { History } from "./history.js";
import { make, remember, say } from "/ui/dom.js";
import { quoted } from "./tokens.js";
import { Result } from "./result.js";
import { schemaList } from "./schema_list.js";
import { schemaOf } from "./completion.js";

const LIMIT = 10_000;
const COPIED = 1500;

export async function sqlPage(host, context) {
  const { api, setOwn, own } = context;
  let schema = null;
  let running = null;
  let position = -1;
  let lastFault = null;
  let draft = "";
  const history = new History();
  const editor = new Editor({ schema: () => schema, run, cancel, earlier, changed: () => { position = -1; remember("serve.query", editor.value); } });
  const result = new Result({ ...context, changed: (settings) => writeLink(settings), failed: (error) => fault(error) });

  const button = (textContent, title, click) => make("button", { type: "button", textContent, title, on: { click } });
  const runButton = button("Run", "Run the query (Ctrl + Enter)", run);
  runButton.classList.add("primary");
  const cancelButton = button("Cancel", "Cancel the query (Esc)", cancel);
  const linkButton = button("Copy link", "A link to this query and its chart", copyLink);
  const clock = make("span", { className: "hint", role: "status" });
  const schemaButton = button("Tables", "Tables and columns", () => side.classList.toggle("open"));
  schemaButton.classList.add("only-narrow");
  const side = make("aside", { className: "schema-side", aria: { label: "Tables and columns" } });
  const faultHost = make("div", { className: "sql-fault" });
  host.append(make("div", { className: "sql" }, side, make("div", { className: "sql-main" },
    make("section", { className: "editor-panel", aria: { label: "Query" } },
      make("div", { className: "head" }, runButton, cancelButton, clock, make("span", { className: "grow" }), schemaButton,
        button("History", "Earlier queries (Alt + ↑ ↓)", () => history.dialog(write)), linkButton),
      editor.element, faultHost), result.element)));
  cancelButton.hidden = true;

  async function load() {
    try {
      schema = schemaOf(await api.json("/api/tables"));
      side.replaceChildren(schemaList(schema, (name) => editor.insert(name)));
      editor.paint();
    } catch (error) {
      if (!aborted(error)) side.replaceChildren(faultCard(error, load));
    }
  }

  /** The first query: that of the link, the one written last, or an example. */
  function first() {
    if (own().get("q")) return own().get("q");
    const kept = remember("serve.query");
    if (kept) return kept;
    const table = schema?.tables.find(({ kind }) => kind === "recordings") ?? schema?.tables[0];
    if (!table) return "";
    const name = quoted(table.name, schema.keywords);
    const has = (column) => table.columns.some((one) => one.name === column);
    return has("key") && has("tempo")
      ? `-- Ctrl + Enter runs the query, Tab completes names\nSELECT key, count(*) AS recordings, avg(tempo) AS tempo\nFROM ${name}\nWHERE key IS NOT NULL\nGROUP BY key\nORDER BY recordings DESC`
      : `SELECT *\nFROM ${name}\nLIMIT 100`;
  }

  function write(query) {
    editor.value = query;
    remember("serve.query", query);
    editor.text.focus();
  }

  /** Writes an earlier query (1) or a later one (−1) into the editor. */
  function earlier(step) {
    const next = Math.max(-1, Math.min(history.entries.length - 1, position + step));
    if (next === position) return;
    if (position < 0) draft = editor.value;
    position = next;
    editor.value = next < 0 ? draft : history.entries[next].query;
  }

  function writeLink(settings) {
    const { mark, x, y, colour } = settings ?? {};
    setOwn({ q: editor.value.trim(), chart: mark ?? null, x: settings ? x : null, y: settings ? y : null, colour: settings ? colour : null });
  }

  const linked = () => (own().get("chart") ? { mark: own().get("chart"), x: own().get("x"), y: own().get("y"), colour: own().get("colour") ?? "" } : null);

  async function run({ settings } = {}) {
    const query = editor.value.trim();
    if (!query) return;
    running?.abort();
    const controller = (running = new AbortController());
    const begun = performance.now();
    const tick = setInterval(() => say(clock, `${((performance.now() - begun) / 1000).toFixed(1)} s`), 100);
    cancelButton.hidden = false;
    runButton.disabled = true;
    faultHost.replaceChildren();
    lastFault = null;
    editor.mark(null);
    try {
      const answer = await (await api.post("/api/sql", { query, limit: LIMIT }, { signal: controller.signal })).json();
      const wanted = settings === undefined ? result.settings ?? linked() : settings;
      result.show(query, answer, wanted);
      history.add(query, { rows: answer.rows.length, seconds: answer.seconds ?? 0 });
      writeLink(result.settings);
      say(clock, "");
    } catch (error) {
      if (controller !== running) return;
      if (aborted(error)) say(clock, "cancelled");
      else {
        say(clock, "");
        history.add(query, { error: true });
        fault(error);
      }
    } finally {
      clearInterval(tick);
      if (controller === running) {
        running = null;
        cancelButton.hidden = true;
        runButton.disabled = false;
      }
    }
  }

  function cancel() {
    running?.abort();
  }

  /** Shows a fault, and its place in the text. */
  function fault(error) {
    lastFault = error;
    const place = editor.mark(error.at);
    const card = faultCard(error);
    if (place !== null) card.append(button("Go to the place", "Move the cursor there", () => editor.goToFault()));
    faultHost.replaceChildren(card);
  }

  async function copyLink() {
    writeLink(result.settings);
    let text = "copied";
    try {
      await navigator.clipboard.writeText(location.href);
    } catch {
      text = "the link is in the address bar";
    }
    say(linkButton, text);
    setTimeout(() => say(linkButton, "Copy link"), COPIED);
  }

  await load();
  editor.value = first();
  if (own().get("q")) run({ settings: linked() });
  return {
    destroy() {
      running?.abort();
      result.destroy();
    },
    route() {
      const query = own().get("q");
      if (!query) return;
      if (query !== editor.value.trim() || !result.result) {
        editor.value = query;
        run({ settings: linked() });
      } else {
        result.show(query, result.result, linked());
      }
    },
    find: () => editor.text.focus(),
    state: () => ({ query: editor.value, running: Boolean(running),
      fault: lastFault ? { error: lastFault.error ?? lastFault.message, at: lastFault.at } : null,
      history: history.entries.length, ...result.state(), svg: undefined }),
  };
}
