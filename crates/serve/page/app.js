// Starts the page: header, routes, and what all views share.
import { address, parse } from "./address.js";
import { aborted, api } from "./api.js";
import { Collection } from "./collection.js";
import { count } from "/ui/format.js";
import { emptyState, faultCard } from "./notice.js";
import { Filters } from "./filters.js";
import { FrameTimes } from "/ui/frame_times.js";
import { keyboard } from "./keys.js";
import { latest } from "./latest.js";
import { make, say } from "/ui/dom.js";
import { Selection } from "./selection.js";
import { Theme } from "/ui/theme.js";

const find = (id) => document.getElementById(id);

/** The tabs: path, name, and whether the filters apply to the view. */
const TABS = [
  ["", "Library", true], ["map", "Map", true], ["rhythm", "Rhythm", true], ["harmony", "Harmony", true],
  ["tables", "Tables", false], ["sql", "SQL", false],
];

/** The views: their modules, which are fetched when they are first shown, and the functions that open them. */
const VIEWS = {
  "": [() => import("./library/library.js"), "libraryPage"],
  map: [() => import("./map/map.js"), "mapPage"],
  rhythm: [() => import("./recording/rhythm.js"), "rhythmPage"],
  harmony: [() => import("./recording/harmony.js"), "harmonyPage"],
  tables: [() => import("./tables/tables.js"), "tablesPage"],
  sql: [() => import("./sql/sql.js"), "sqlPage"],
  recording: [() => import("./recording/recording.js"), "recordingPage"],
};

// the token is in the cookie now and is removed from the address and the history
if (location.search) history.replaceState(null, "", location.pathname + location.hash);

const theme = new Theme(find("theme"));
const filters = new Filters();
const collection = new Collection(api);
const selection = new Selection();
const frames = new FrameTimes();
const host = find("view");

const tabs = new Map(TABS.map(([path, name]) => [path, make("a", { textContent: name, href: address(path) })]));
find("tabs").append(...tabs.values());

/** The view shown: its route, what it returned, and how many recordings match. */
const current = { path: null, parts: [], view: null, generation: 0, fault: null };
let matching = null;
/** Time without a change of the filters after which they are written into the address, in ms. */
const ADDRESS_WAIT = 120;
let addressTimer = 0;
/** Parameters of the view itself, such as the sorting, which are in the address beside the filters. */
let own = new Map();

/** Opens an address: `#/…`, or a path with parameters. */
function navigate(to, params) {
  const next = to.startsWith("#") ? to : address(to, params);
  if (next === location.hash) route();
  else location.hash = next;
}

/** Changes parameters of the view in the address; null removes one. `entry`: as a new entry in the history. */
function setOwn(values, { entry = false } = {}) {
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "") own.delete(name);
    else own.set(name, String(value));
  }
  writeAddress(entry);
}

/** Writes the address when the filters have rested: browsers limit how often it may change. */
function writeAddressSoon() {
  linkTabs();
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => writeAddress(), ADDRESS_WAIT);
}

function writeAddress(entry = false) {
  clearTimeout(addressTimer);
  const { path, parts } = current;
  const filtered = TABS.some(([tab, , uses]) => tab === path && uses);
  const params = [...(filtered ? filters.params() : []), ...own];
  const next = address([path, ...parts.map(encodeURIComponent)].filter(Boolean).join("/"), params);
  if (next !== location.hash) history[entry ? "pushState" : "replaceState"](null, "", next);
  linkTabs();
}

/** Tabs that the filters apply to carry them along. */
function linkTabs() {
  if (current.path === "") library = address("", [...filters.params(), ...own]);
  else if (current.path !== "recording") library = address("", filters.params());
  for (const [path, , uses] of TABS) tabs.get(path).href = address(path, uses ? filters.params() : []);
}

/** The library as it was left: the link back from a recording. */
let library = "#/";
const context = { api, theme, filters, collection, selection, frames, navigate, setOwn, own: () => own };

async function route() {
  clearTimeout(addressTimer);
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  const { parts, params } = parse(location.hash);
  const path = parts[0] ?? "";
  const generation = ++current.generation;
  if (!VIEWS[path]) return replace(emptyState("No such page", `There is nothing at ${location.hash}.`, make("a", { href: "#/", textContent: "Library" })), path, []);
  const filtered = TABS.some(([tab, , uses]) => tab === path && uses);
  // the same view with other parameters is not rebuilt
  const same = current.path === path && current.view?.route && !current.fault;
  if (!same) {
    leave();
    host.replaceChildren(make("p", { className: "waiting-note hint", role: "status", textContent: "Loading …" }));
  }
  Object.assign(current, { path, parts: parts.slice(1), fault: null });
  mark();
  try {
    const [load, open] = VIEWS[path];
    // module and description are fetched at the same time
    const loading = load();
    loading.catch(() => {});
    if (filtered) {
      if (!collection.library) await describe();
      if (generation !== current.generation) return;
      own = new Map([...params].filter(([name]) => OWN.includes(name) && !collection.columns.has(name)));
      filters.read(params, collection.columns);
    } else {
      own = new Map(params);
    }
    if (same) {
      current.view.route(current.parts, params);
      return linkTabs();
    }
    const stage = make("div", { className: "view", data: { view: path || "library" } });
    host.replaceChildren(stage);
    const module = await loading;
    if (generation !== current.generation) return;
    const view = await module[open](stage, { ...context, back: library, parts: parts.slice(1), id: parts[1], params });
    if (generation !== current.generation) return view?.destroy?.();
    current.view = view;
    if (path !== "recording") document.title = `${TABS.find(([tab]) => tab === path)[1]} · Passband`;
    linkTabs();
  } catch (error) {
    if (aborted(error) || generation !== current.generation) return;
    current.fault = error;
    replace(faultCard(error, () => route()), path, parts.slice(1));
  }
}

/** Parameters of views that the filters apply to. */
const OWN = ["sort", "order", "view", "x", "y", "colour", "near", "ids"];

function leave() {
  current.view?.destroy?.();
  current.view = null;
}

function replace(element, path, parts) {
  leave();
  Object.assign(current, { path, parts });
  host.replaceChildren(make("div", { className: "view" }, element));
  mark();
}

function mark() {
  for (const [path, link] of tabs) {
    if (path === current.path || (path === "" && current.path === "recording")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Footer: the table, its size, and how many recordings match the filters. */
function showStatus() {
  const { library } = collection;
  if (!library) return;
  const items = [
    ["Table", library.source], ["Recordings", count(library.total)],
    ...(filters.empty || matching === null ? [] : [["Matching", count(matching)]]),
    ["Read", whenRead(library.refreshed)],
  ];
  const list = find("status");
  while (list.children.length > items.length) list.lastChild.remove();
  while (list.children.length < items.length) list.append(make("div", {}, make("dt"), make("dd")));
  items.forEach(([name, text], i) => {
    say(list.children[i].firstChild, name);
    say(list.children[i].lastChild, String(text));
  });
}

/** A time of the description, ISO 8601 or seconds since 1970, as `2026-01-31 12:00:00`. */
function whenRead(time) {
  const date = new Date(typeof time === "number" ? time * 1000 : (time ?? NaN));
  return Number.isNaN(date.getTime()) ? "–" : date.toISOString().slice(0, 19).replace("T", " ");
}

async function describe() {
  await collection.describe();
  showStatus();
}

const countMatching = latest(async (signal) => {
  try {
    matching = filters.empty ? null : (await api.json("/api/recordings", [...filters.params(), ["limit", 1], ["columns", "name"]], { signal })).matching;
    showStatus();
  } catch {
    // the view shows the fault
  }
});

filters.addEventListener("change", () => {
  writeAddressSoon();
  countMatching();
  current.view?.update?.(filters);
});
addEventListener("hashchange", route);

const link = find("link");
const linked = (state, text) => {
  link.dataset.state = state;
  say(link, text);
};
api.addEventListener("lost", () => linked("reconnecting", `no answer, trying again in ${Math.max(1, Math.round((api.next - performance.now()) / 1000))} s`));
api.addEventListener("back", async () => {
  linked("connected", "connected");
  // a view that was never opened is opened now; others fetch again what they show
  if (current.fault || !current.view) return route();
  await describe().catch(() => {});
  current.view?.update?.(filters);
});
link.addEventListener("click", () => api.lost && api.retry());

keyboard({ dialog: find("keys"), button: find("help"), theme, navigate, filters, view: () => current.view });
route().then(() => {
  if (!api.lost) linked("connected", "connected");
  if (!collection.library) describe().catch(() => {});
  countMatching();
});

/** State for tests and scripts. `reset`: restarts the measurement of frames. */
window.passband = {
  state: (reset = false) => {
    const state = {
      connected: !api.lost && collection.library !== null,
      path: current.path, parts: current.parts,
      total: collection.library ? collection.total : null,
      matching: filters.empty ? collection.total : matching,
      filters: filters.params(), selection: selection.ids,
      frames: { count: frames.frames, work: frames.work, slowest: frames.slowest },
      fault: current.fault ? { error: current.fault.error ?? current.fault.message, at: current.fault.at, why: current.fault.why, fix: current.fault.fix } : null,
      view: current.view?.state?.() ?? null,
    };
    if (reset) frames.reset();
    return state;
  },
};
