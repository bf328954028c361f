// Starts the page.
import { App } from "./app.js";
import { csv } from "./panels/actions.js";
import { recordsState } from "./panels/records/records.js";
import { Connection } from "./link/connection.js";
import { countersCard } from "./ui/counters.js";
import { filesOf, lag, incompleteOf, monitor } from "./panels/haloscope/state.js";
import { keyboard } from "./keyboard.js";
import { now } from "./link/clock.js";
import { say } from "./ui/dom.js";
import { sensorsState } from "./panels/sensors/state.js";
import { span } from "./ui/format.js";
import { StatusBar } from "./ui/status_bar.js";
import { Theme } from "./ui/theme.js";

const find = (id) => document.getElementById(id);

// the token is in the cookie now and is removed from the address and the history
if (location.search) history.replaceState(null, "", location.pathname);

const theme = new Theme(find("theme"));
const app = new App({
  theme, stage: find("stage"), side: find("side"), title: find("title"), facts: find("facts"),
  button: find("pause"), slider: find("back"), output: find("when"),
});
const statusBar = new StatusBar(find("status-bar"));
const counters = countersCard();
find("side").append(counters.element);
counters.element.addEventListener("toggle", () => counters.show(statusBar.all));
keyboard(app, find("keys"), find("help"));

const connection = new Connection();
const link = find("link");
connection.addEventListener("state", ({ detail: { state, retryIn } }) => {
  link.dataset.state = state;
  say(link, state === "reconnecting" ? `reconnecting in ${span(retryIn)}` : state);
  notice();
});
connection.addEventListener("describe", ({ detail }) => {
  received(app.describe(detail));
  if (app.sensors) statusBar.sensors({ windows: null, kept: app.sensors.rows, total: app.sensors.total });
});
connection.addEventListener("counters", ({ detail }) => {
  statusBar.counters(detail.counters);
  app.counted(detail);
  counters.show(detail.counters);
});
connection.addEventListener("picture", ({ detail }) => received(app.picture(detail)));
connection.addEventListener("report", ({ detail }) => received(app.report(detail)));
connection.addEventListener("records", ({ detail }) => received(app.records(detail)));
connection.addEventListener("windows", ({ detail }) => received(app.windows(detail)));

/** Hides the waiting notice when data arrives. */
function received() {
  if (find("notice").textContent) notice();
}

/** Shows a notice of the data that the page waits for, if any. */
function notice() {
  const stream = app.playback.stream;
  const silence = app.lastArrival === null ? 0 : now() - app.lastArrival;
  let text = "";
  if (connection.state !== "connected") {
    text = connection.state === "connecting" ? "Connecting …" : "The connection is lost. Trying again …";
  } else if (!stream) {
    text = "Waiting for the first result …";
  } else if (stream.windows || stream.records) {
    const [none, what] = stream.windows ? [!stream.keys.size, "window"] : [!stream.rows.length, "record"];
    if (none) text = `Waiting for the first ${what} …`;
    else if (app.lastArrival !== null && silence > patience(stream)) text = `No new ${what} for ${span(silence)}.`;
  } else if (stream.files && !stream.newest) {
    if (!stream.run) text = "Waiting for the first file …";
  } else if (!stream.newest) {
    const { length, rate } = stream.spec;
    text = `Waiting for the first window: ${length} samples, ${span((1000 * length) / rate)} …`;
  } else if (silence > patience(stream) || (app.lastArrival === null && !stream.files)) {
    text = app.lastArrival === null ? "No new data; this is the latest picture." : `No new data for ${Math.floor(silence / 1000)} s.`;
  }
  say(find("notice"), text);
  find("notice").classList.toggle("whole", !stream?.newest && !stream?.run && !stream?.keys?.size && !stream?.rows?.length);
}

/** Usual interval between pictures in ms. */
const usual = ({ pictures }) =>
  pictures.length < 3 ? 0 : (pictures.at(-1).time - pictures[0].time) / (pictures.length - 1);

/** Time without data after which the page shows a notice, in ms. */
const patience = (stream) => Math.max(stream.patience, 8 * usual(stream));

let before = { here: now(), received: 0, total: null };
setInterval(() => {
  const here = now();
  const rate = (app.received - before.received) / ((here - before.here) / 1000);
  const { sensors } = app;
  if (sensors) {
    const windows = before.total === null ? null : Math.max(0, sensors.total - before.total) / ((here - before.here) / 1000);
    statusBar.sensors({ windows, kept: sensors.rows, total: sensors.total });
  }
  const records = app.views.size || sensors ? null : app.playback.stream;
  if (records?.records) {
    const came = before.total === null ? null : Math.max(0, records.total - before.total) / ((here - before.here) / 1000);
    statusBar.records({ rate: came, kept: records.rows.length, total: records.total });
  }
  before = { here, received: app.received, total: (sensors ?? records)?.total || null };
  statusBar.show({ delay: app.drawings.summary(here), rate, ...app.counts });
  const files = filesOf(app);
  if (files) {
    const { rate: megabytes, duplicates } = files.seen ?? {};
    const seconds = lag(files, connection.clock);
    const pictures = [...app.streams.values()].some((stream) => !stream.files);
    const late = seconds * 1000 > patience(files);
    statusBar.recordings({ megabytes, duplicates, seconds, late, incomplete: incompleteOf(files), pictures });
  }
  notice();
}, 1000);

/** State for tests and scripts. Levels in the stream's unit, frequencies in Hz, delays in ms. */
window.passband = {
  state: () => ({
    connected: connection.state === "connected",
    pictures: app.received,
    paused: app.paused,
    back: app.playback.back,
    history: app.playback.stream?.pictures.length ?? 0,
    shown: app.active ? (app.shown(app.active.stream)?.index ?? null) : null,
    delay: app.drawings.summary(now()),
    arrival: app.arrivals.summary(now()),
    ...app.counts,
    work: app.work,
    clock: connection.clock,
    panels: app.described ? JSON.parse(app.described)[1] : [],
    axis: app.active ? [app.active.view.low, app.active.view.high] : null,
    markers: app.active?.view.markers.map((m) => m.frequency) ?? [],
    raster: app.panels.map((p) => p.rasterKind?.()).find(Boolean) ?? null,
    notice: find("notice").textContent,
    counters: statusBar.all,
  }),
  peaks: () => app.peaks(),
  /** The stream of recordings: the file shown, the run, candidates, noise; null if there is none. */
  monitor: () => monitor(app, statusBar.all, connection.clock),
  /** The records of each kind: columns, total, and stored records. Times in µs. */
  records: () => recordsState(app),
  /** The windows of sensors; null if there are none. Times in µs. `reset`: restarts the measurement of frames. */
  sensors: (reset = false) => sensorsState(app, reset),
  delays: (reset = false) => app.arrivals.list(reset),
  csv: () => csv(app),
};
