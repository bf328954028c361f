// Requests to the server. Every failure is a `Fault`, which says what, where, why and what to do.

/** A failed request. `status` is 0 if the server did not answer. */
export class Fault extends Error {
  constructor({ error, at = "", why = "", fix = "" }, status = 0) {
    super(error);
    this.name = "Fault";
    Object.assign(this, { error, at, why, fix, status });
  }
}

/** Interval between two attempts to reach a server that does not answer, in ms: doubled up to the maximum. */
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 15_000;

/** Whether an error is that of an aborted request, which is not a failure. */
export const aborted = (error) => error?.name === "AbortError";

/**
 * Dispatches `lost` when the server does not answer, and `back` when it answers again.
 *
 * `params` is an object (lists are repeated, null and undefined are left out), a list of pairs, or `URLSearchParams`.
 */
export class Api extends EventTarget {
  lost = false;
  /** Time of the next attempt to reach the server, in ms since the page was opened. */
  next = 0;
  #timer = 0;

  /** The address of a path with parameters, for links and media. */
  url(path, params) {
    const query = search(params).toString();
    return query ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path;
  }

  async json(path, params, { signal } = {}) {
    return (await this.#fetch(this.url(path, params), { signal })).json();
  }

  async binary(path, params, { signal } = {}) {
    return (await this.#fetch(this.url(path, params), { signal })).arrayBuffer();
  }

  /** Sends a JSON body; `accept` selects the format of the answer, which is returned as a `Response`. */
  post(path, body, { signal, accept = "application/json" } = {}) {
    const headers = { "Content-Type": "application/json", Accept: accept };
    return this.#fetch(path, { method: "POST", body: JSON.stringify(body), headers, signal });
  }

  async #fetch(address, options) {
    let response;
    try {
      response = await fetch(address, options);
    } catch (error) {
      if (aborted(error)) throw error;
      this.#lose();
      throw new Fault({ error: "The server does not answer", at: location.origin, why: `${error.message}: ${address.split("?")[0]}`,
        fix: "check that passband serve is still running; the page tries again by itself" });
    }
    this.#found();
    if (response.ok) return response;
    const text = await response.text();
    let told = null;
    try {
      told = JSON.parse(text);
    } catch {
      // a proxy between page and server may answer with HTML
    }
    // the command line calls the remedy `do`
    throw new Fault(told?.error ? { ...told,
      fix: told.fix ?? told.do } : { error: `The server answered ${response.status} ${response.statusText}`.trim(), at: address }, response.status);
  }

  #lose() {
    if (this.lost) return;
    this.lost = true;
    this.#attempt(FIRST_RETRY);
    this.dispatchEvent(new Event("lost"));
  }

  #found() {
    clearTimeout(this.#timer);
    if (!this.lost) return;
    this.lost = false;
    this.dispatchEvent(new Event("back"));
  }

  #attempt(wait) {
    this.next = performance.now() + wait;
    this.#timer = setTimeout(() => this.retry(Math.min(LONGEST_RETRY, wait * 2)), wait);
  }

  /** Tries to reach the server now. */
  async retry(wait = FIRST_RETRY) {
    clearTimeout(this.#timer);
    try {
      await fetch("/icon.svg", { cache: "no-store" });
      this.#found();
    } catch {
      this.#attempt(wait);
      this.dispatchEvent(new Event("lost"));
    }
  }
}

export function search(params) {
  const result = new URLSearchParams();
  const pairs = params?.[Symbol.iterator] ? [...params] : Object.entries(params ?? {});
  for (const [name, value] of pairs) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) result.append(name, one);
    }
  }
  return result;
}

export const api = new Api();
