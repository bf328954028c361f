// The page's end of the socket, which lives in a worker.

/** Sends `state`, `describe`, `counters`, `picture`, `report` and `windows` events; `detail` holds what they tell. */
export class Connection extends EventTarget {
  state = "connecting";
  /** How far the server's clock is ahead of this browser's, in ms. */
  clock = 0;

  constructor() {
    super();
    const worker = new Worker("/link/socket_worker.js", { type: "module" });
    worker.onmessage = ({ data }) => {
      if (data.type === "state") Object.assign(this, { state: data.state, clock: data.clock });
      this.dispatchEvent(new CustomEvent(data.type, { detail: data }));
      // Taken only now, so that a page that cannot keep up is not sent more than it can show.
      if (["picture", "report", "windows"].includes(data.type)) worker.postMessage("ack");
    };
    const hurry = () => document.hidden || worker.postMessage("hurry");
    addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
  }
}
