// The colour theme: that of the system, or a chosen one.
import { remember } from "./dom.js";
import { channel, colourMap } from "./colour_map.js";

const NEXT = { auto: "dark", dark: "light", light: "auto" };
const SIGNS = { auto: "◐", dark: "☾", light: "☀" };
const system = matchMedia("(prefers-color-scheme: dark)");
const NAMES = ["plot", "grid", "grid-strong", "text", "muted", "accent", "surface", "line", "warn"];

/** Dispatches `change` when the colours have changed. */
export class Theme extends EventTarget {
  choice = remember("theme") ?? "auto";
  mapName = remember("colours") ?? "lagoon";

  constructor(button) {
    super();
    this.button = button;
    button.addEventListener("click", () => this.next());
    system.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  next() {
    this.choose(NEXT[this.choice]);
  }

  choose(choice) {
    this.choice = remember("theme", choice) ?? choice;
    this.#apply();
  }

  setMap(name) {
    this.mapName = remember("colours", name) ?? name;
    this.#apply();
  }

  #apply() {
    this.dark = this.choice === "auto" ? system.matches : this.choice === "dark";
    document.documentElement.dataset.theme = this.dark ? "dark" : "light";
    this.button.textContent = SIGNS[this.choice];
    this.button.setAttribute("aria-label", `Theme: ${this.choice}; change to ${NEXT[this.choice]}`);
    this.button.title = `Theme: ${this.choice}`;
    const style = getComputedStyle(document.documentElement);
    this.colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.font = style.getPropertyValue("--font").trim();
    for (const c of [0, 1]) document.documentElement.style.setProperty(`--channel-${c}`, this.channel(c));
    this.map = colourMap(this.mapName, this.dark);
    this.dispatchEvent(new Event("change"));
  }

  /** Sets the colours of chips to those of their channels. */
  paint(within) {
    for (const chip of within.querySelectorAll(".chip:not([style])")) {
      chip.style.background = `var(--channel-${chip.dataset.channel})`;
    }
  }

  channel(index, opacity = 1, shift = 0) {
    return channel(index, this.dark, opacity, shift);
  }
}
