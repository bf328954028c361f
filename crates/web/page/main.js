// Starts the page.
import { App } from "./app.js";
import { Connection } from "./connection.js";
import { countersCard } from "./counters.js";
import { keyboard } from "./keys.js";
import { now } from "./clock.js";
import { say } from "./dom.js";
import { span } from "./format.js";
import { Strip } from "./strip.js";
import { Theme } from "./theme.js";

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
connection.addEventListener("describe", ({ detail }) => app.describe(detail));
connection.addEventListener("counters", ({ detail }) => {
  strip.counters(detail.counters);
  counters.show(detail.counters);
});
connection.addEventListener("picture", ({ detail }) => app.take(detail));

/** Says what is missing, if anything is. */
function notice() {
  const stream = app.transport.stream;
  const silence = app.lastArrival === null ? 0 : now() - app.lastArrival;
  let text = "";
  if (connection.state !== "connected") {
    text = connection.state === "connecting" ? "Connecting …" : "The connection is lost. Trying again …";
  } else if (!stream) {
    text = "Waiting for the stream to say what it is …";
  } else if (!stream.newest) {
    const { length, rate } = stream.spec;
    text = `Waiting for the first window: ${length} samples, ${span((1000 * length) / rate)} …`;
  } else if (silence > Math.max(2000, 8 * usual(stream)) || app.lastArrival === null) {
    text = app.lastArrival === null ? "No new data; this is the last picture." : `No new data for ${Math.floor(silence / 1000)} s.`;
  }
  say(find("notice"), text);
  find("notice").classList.toggle("whole", !stream?.newest);
}

/** Usual time between pictures in ms. */
const usual = ({ pictures }) =>
  pictures.length < 3 ? 0 : (pictures.at(-1).time - pictures[0].time) / (pictures.length - 1);

let before = { here: now(), received: 0 };
setInterval(() => {
  const here = now();
  const rate = (app.received - before.received) / ((here - before.here) / 1000);
  before = { here, received: app.received };
  strip.show({ delay: app.drawings.summary(here), rate, ...app.counts });
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
  delays: (reset = false) => app.arrivals.list(reset),
  csv: () => app.csv(),
};
