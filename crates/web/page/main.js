// Starts the page.
import { App } from "./app.js";
import { Connection } from "./link/connection.js";
import { countersCard } from "./ui/counters.js";
import { filesOf, lag, incompleteOf, monitor } from "./panels/haloscope/state.js";
import { keyboard } from "./ui/keyboard.js";
import { now } from "./link/clock.js";
import { say } from "./ui/dom.js";
import { sensorsTold } from "./panels/sensors/state.js";
import { span } from "./ui/format.js";
import { Strip } from "./ui/status_bar.js";
import { Theme } from "./ui/theme.js";

const find = (id) => document.getElementById(id);

// The token is in the cookie now; it need not stay in the address and the history.
if (location.search) history.replaceState(null, "", location.pathname);

const theme = new Theme(find("theme"));
const app = new App({
  theme, stage: find("stage"), side: find("side"), title: find("title"), facts: find("facts"),
  button: find("pause"), slider: find("back"), output: find("when"),
});
const strip = new Strip(find("strip"));
const counters = countersCard();
find("side").append(counters.element);
counters.element.addEventListener("toggle", () => counters.show(strip.all));
keyboard(app, find("keys"), find("help"));

const connection = new Connection();
const link = find("link");
connection.addEventListener("state", ({ detail: { state, retryIn } }) => {
  link.dataset.state = state;
  say(link, state === "reconnecting" ? `reconnecting in ${span(retryIn)}` : state);
  notice();
});
connection.addEventListener("describe", ({ detail }) => {
  came(app.describe(detail));
  if (app.sensors) strip.sensors({ windows: null, kept: app.sensors.rows, total: app.sensors.total });
});
connection.addEventListener("counters", ({ detail }) => {
  strip.counters(detail.counters);
  app.counted(detail);
  counters.show(detail.counters);
});
connection.addEventListener("picture", ({ detail }) => came(app.take(detail)));
connection.addEventListener("report", ({ detail }) => came(app.tell(detail)));
connection.addEventListener("windows", ({ detail }) => came(app.windows(detail)));

/** What was waited for may have come: the page does not go on saying that it waits. */
function came() {
  if (find("notice").textContent) notice();
}

/** Says what is missing, if anything is. */
function notice() {
  const stream = app.transport.stream;
  const silence = app.lastArrival === null ? 0 : now() - app.lastArrival;
  let text = "";
  if (connection.state !== "connected") {
    text = connection.state === "connecting" ? "Connecting …" : "The connection is lost. Trying again …";
  } else if (!stream) {
    text = "Waiting for the stream to say what it is …";
  } else if (stream.sensors) {
    if (!stream.keys.size) text = "Waiting for the first window …";
    else if (app.lastArrival !== null && silence > patience(stream)) text = `No new window for ${span(silence)}.`;
  } else if (stream.files && !stream.newest) {
    if (!stream.run) text = "Waiting for the first file …";
  } else if (!stream.newest) {
    const { length, rate } = stream.spec;
    text = `Waiting for the first window: ${length} samples, ${span((1000 * length) / rate)} …`;
  } else if (silence > patience(stream) || (app.lastArrival === null && !stream.files)) {
    text = app.lastArrival === null ? "No new data; this is the last picture." : `No new data for ${Math.floor(silence / 1000)} s.`;
  }
  say(find("notice"), text);
  find("notice").classList.toggle("whole", !stream?.newest && !stream?.run && !stream?.keys?.size);
}

/** Usual time between pictures in ms. */
const usual = ({ pictures }) =>
  pictures.length < 3 ? 0 : (pictures.at(-1).time - pictures[0].time) / (pictures.length - 1);

/** Silence that is worth a word, in ms. */
const patience = (stream) => Math.max(stream.patience, 8 * usual(stream));

let before = { here: now(), received: 0, total: null };
setInterval(() => {
  const here = now();
  const rate = (app.received - before.received) / ((here - before.here) / 1000);
  const { sensors } = app;
  if (sensors) {
    const windows = before.total === null ? null : Math.max(0, sensors.total - before.total) / ((here - before.here) / 1000);
    strip.sensors({ windows, kept: sensors.rows, total: sensors.total });
  }
  before = { here, received: app.received, total: sensors?.total ? sensors.total : null };
  strip.show({ delay: app.drawings.summary(here), rate, ...app.counts });
  const files = filesOf(app);
  if (files) {
    const { rate: megabytes, duplicates } = files.seen ?? {};
    const seconds = lag(files, connection.clock);
    const pictures = [...app.streams.values()].some((stream) => !stream.files);
    const late = seconds * 1000 > patience(files);
    strip.recordings({ megabytes, duplicates, seconds, late, incomplete: incompleteOf(files), pictures });
  }
  notice();
}, 1000);

/** What tests and curious people may ask. Levels in the stream's unit, frequencies in Hz, delays in ms. */
window.passband = {
  state: () => ({
    connected: connection.state === "connected",
    pictures: app.received,
    paused: app.paused,
    back: app.transport.back,
    history: app.transport.stream?.pictures.length ?? 0,
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
    counters: strip.all,
  }),
  peaks: () => app.peaks(),
  /** The stream of recordings: the shown file, the run, candidates, noise; null where there is none. */
  monitor: () => monitor(app, strip.all, connection.clock),
  /** The windows of sensors; null where there are none. Times in µs. `reset`: slowest frames are told from now on. */
  sensors: (reset = false) => sensorsTold(app, reset),
  delays: (reset = false) => app.arrivals.list(reset),
  csv: () => app.csv(),
};
