// The page's side of the worker that owns the WebSocket.

/**
 * Dispatches `state`, `describe`, `counters`, `picture`, `report`, `windows` and `records`; `detail` is the message.
 */
export class Connection extends EventTarget {
  state = "connecting";
  /** The offset of the server's clock relative to this browser's, in ms. */
  clock = 0;

  constructor() {
    super();
    const worker = new Worker("/link/socket_worker.js", { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.type === "state") Object.assign(this, { state: data.state, clock: data.clock });
      this.dispatchEvent(new CustomEvent(data.type, { detail: data }));
      // acknowledged after handling, so that a slow page does not receive more than it can show
      if (["picture", "report", "windows", "records"].includes(data.type)) worker.postMessage("ack");
    };
    const hurry = () => document.hidden || worker.postMessage("hurry");
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
  }
}
