// The buttons of playback and of the time axis, and the position as text.
import { make, say } from "/ui/dom.js";
import { chordName, clock, keyName } from "./music.js";
import { position, spanAt } from "./model.js";

export function transport(page) {
  const { player, view } = page;
  const button = (text, title, act, keys) => make("button", {
    type: "button", className: "icon", textContent: text, title: keys ? `${title} (${keys})` : title, aria: { label: title, ...(keys ? { keyshortcuts: keys } : {}) }, on: { click: act },
  });
  const play = button("▶", "Play", () => player.toggle(), "Space");
  play.classList.add("play");
  const start = button("⇤", "To the start", () => page.go(0), "Home");
  const loop = button("⟲", "Repeat the selected part", () => page.toggleLoop(), "L");
  const follow = button("Follow", "Keep the cursor in view", () => page.setFollow(!page.follow), "F");
  const position_ = (name, title) => make("output", { className: name, title });
  const [time, bar, chord, key] = [position_("now-time", "Position"), position_("now-bar", "Bar and beat"), position_("now-chord", "Chord"), position_("now-key", "Key")];
  const length = make("span", { className: "now-length" });
  const part = make("button", { type: "button", className: "small now-region", title: "Remove the selection (Esc)", hidden: true, on: { click: () => page.select(null) } });
  const fault = make("span", { className: "play-fault", role: "status" });
  const element = make("div", { className: "transport", role: "toolbar", aria: { label: "Playback" } },
    make("div", { className: "group" }, start, play, loop, follow),
    make("div", { className: "now" }, time, length, bar, chord, key), part, fault,
    make("div", { className: "grow" }),
    make("div", { className: "group", role: "group", aria: { label: "Time axis" } },
      button("−", "Zoom out", () => page.zoom(1 / 1.6), "-"), button("+", "Zoom in", () => page.zoom(1.6), "+"),
      button("All", "Show the whole recording", () => view.whole(), "0")));

  /** Shows the position and the state of the player. */
  function show() {
    const { model } = page;
    const now = player.time;
    say(play, player.playing ? "❚❚" : "▶");
    play.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    play.title = player.playing ? "Pause (Space)" : "Play (Space)";
    play.disabled = player.fault !== null;
    loop.setAttribute("aria-pressed", String(player.loop));
    follow.setAttribute("aria-pressed", String(page.follow));
    say(time, clock(now));
    say(length, `/ ${clock(view.duration)}`);
    const at = model && position(model, now);
    say(bar, at ? (at.bar ? `${at.bar}.${at.beat}` : `beat ${at.beat}`) : "");
    bar.title = at?.bar ? `Bar ${at.bar}, beat ${at.beat}` : "Bar and beat";
    say(chord, model?.chords.length ? chordName(spanAt(model.chords, now)?.label) : "");
    say(key, model?.local_keys.length ? keyName(spanAt(model.local_keys, now)?.key) : "");
    const { region } = player;
    part.hidden = !region;
    if (region) say(part, `${player.loop ? "loop" : "selected"} ${clock(region.start)} – ${clock(region.end)} ✕`);
    say(fault, player.fault ? (player.fault.error ?? "cannot be played") : player.decodedByServer && player.audio.readyState === 0 ? "decoding …" : "");
    fault.title = player.fault?.why ?? "";
  }
  return { element, show };
}
