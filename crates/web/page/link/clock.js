// An estimate of the server's clock.

/** This browser's clock in ms since 1970, with a finer resolution than `Date.now`. */
export const now = () => performance.timeOrigin + performance.now();

/** Estimates the offset of the server's clock, from the answer with the shortest round trip. */
export class Clock {
  #answers = [];
  offset = 0;
  known = false;

  /** Processes an answer: sent and received in this browser's ms, with the server's clock in µs in between. */
  answer(sent, received, serverMicros) {
    const trip = received - sent;
    if (!(trip >= 0)) return;
    this.#answers.push({ trip, offset: serverMicros / 1000 - (sent + received) / 2 });
    if (this.#answers.length > 12) this.#answers.shift();
    this.offset = this.#answers.reduce((best, a) => (a.trip <= best.trip ? a : best)).offset;
    this.known = true;
  }

  /** The server's time in ms since 1970 at a time of this browser. */
  server(here) {
    return here + this.offset;
  }

  /** Discards all answers: another server may have a different clock. */
  forget() {
    this.#answers = [];
    this.known = false;
  }
}
