// A worker that owns the WebSocket, measures the server's clock and reconnects. It is a worker so that arrival times
// do not depend on how long the page takes to draw.
import { Clock, now } from "./clock.js";
import { decode } from "./protocol.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 8000;
const PING = 4000;
/** Time without a message after which a connection is closed; the server sends at least one message per second. */
const SILENCE = 12_000;

const clock = new Clock();
let socket = null;
let state = "connecting";
let wait = FIRST_WAIT;
let timer = 0;
let retryAt = 0;
let heard = 0;
let pinged = 0;

function tell(next = state) {
  state = next;
  postMessage({ type: "state", state, retryIn: Math.max(0, retryAt - now()), clock: clock.offset });
}

function open() {
  clearTimeout(timer);
  const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket = opened;
  heard = now();
  opened.binaryType = "arraybuffer";
  opened.onopen = () => {
    wait = FIRST_WAIT;
    clock.forget();
    for (const after of [0, 60, 150, 300, 600]) setTimeout(() => ping(opened), after);
    tell("connected");
  };
  opened.onmessage = ({ data }) => take(data);
  opened.onclose = () => opened === socket && closed();
}

function closed() {
  socket = null;
  // jitter, so that many browsers do not reconnect at once
  const spread = wait * (0.8 + 0.4 * Math.random());
  wait = Math.min(LONGEST_WAIT, wait * 2);
  retryAt = now() + spread;
  timer = setTimeout(open, spread);
  tell("reconnecting");
}

function take(data) {
  const arrived = now();
  heard = arrived;
  if (typeof data === "string") {
    const message = JSON.parse(data);
    if (message.type === "pong") clock.answer(message.sent, arrived, message.now_us);
    else postMessage({ ...message, arrived });
    return;
  }
  const picture = decode(data);
  // a picture that cannot be decoded is acknowledged as well, to return its credit
  if (!picture) return acknowledge();
  // the delay is unknown without the server's clock, and for a picture from before the connection
  const delay = clock.known && !picture.kept ? clock.server(arrived) - picture.time : null;
  postMessage({ type: "picture", ...picture, arrived, delay }, [data]);
}

function send(text, to = socket) {
  if (to?.readyState === WebSocket.OPEN) to.send(text);
}

function ping(to = socket) {
  send(JSON.stringify({ type: "ping", sent: now() }), to);
}

function acknowledge() {
  send('{"type":"ack"}');
}

onmessage = ({ data }) => {
  if (data === "ack") acknowledge();
  else if (data === "hurry" && !socket) {
    wait = FIRST_WAIT;
    open();
  }
};

setInterval(() => {
  const here = now();
  if (socket && here - heard > SILENCE) {
    const dead = socket;
    closed();
    dead.close();
  } else if (here - pinged > PING) {
    pinged = here;
    ping();
  }
  tell();
}, 1000);

open();
