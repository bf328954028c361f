// Operates every control in the DOM of the page; returns the controls and the errors.
(async (paused) => {
  const wrong = (window.wrong ??= []);
  if (!window.watched) {
    window.watched = true;
    addEventListener("error", (event) => wrong.push(`error: ${event.message}`));
    addEventListener("unhandledrejection", (event) => wrong.push(`rejection: ${event.reason?.stack ?? event.reason}`));
    for (const kind of ["error", "warn", "assert"]) {
      const was = console[kind];
      console[kind] = (...said) => {
        if (kind !== "assert" || !said[0]) wrong.push(`console.${kind}: ${said.join(" ")}`);
        was.apply(console, said);
      };
    }
    // a synthetic event has no pointer that can be captured
    Element.prototype.setPointerCapture = Element.prototype.releasePointerCapture = () => {};
  }
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const pressed = [];
  const note = (what) => {
    pressed.push(what);
    const found = wrong.splice(0);
    if (found.length) (window.found ??= []).push(...found.map((text) => `${what}${paused ? " (paused)" : ""}: ${text}`));
  };
  const key = (target, name, repeat = false) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, repeat, bubbles: true, cancelable: true }));
  const pause = async () => {
    if (document.body.classList.contains("paused") !== paused) document.getElementById("pause").click();
    await frame();
    note("Pause");
  };
  await pause();

  // the keys as listed on the page
  const NAMED = { Space: [" "], Esc: ["Escape"], Del: ["Delete"], "−": ["-"], "←": ["ArrowLeft"], "→": ["ArrowRight"], "↑": ["ArrowUp"], "↓": ["ArrowDown"] };
  const listed = [...document.querySelectorAll("#keys .pair > dl kbd")].flatMap(({ textContent }) => textContent.split(" "));
  for (const label of listed) {
    for (const name of NAMED[label] ?? [label.length === 1 ? label.toLowerCase() : label]) {
      for (const repeat of [false, true, false]) {
        key(document.activeElement?.matches("input, select") ? document.body : (document.activeElement ?? document.body), name, repeat);
        await frame();
      }
      note(`key ${label}`);
      document.activeElement?.blur();
      document.querySelector("dialog[open]")?.close();
    }
  }

  const set = (input, value) => {
    input.value = value;
    for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
  };
  const pointer = (target, type, x, y, more = {}) => {
    const { left, top } = target.getBoundingClientRect();
    const Kind = type.startsWith("pointer") ? PointerEvent : type === "wheel" ? WheelEvent : MouseEvent;
    target.dispatchEvent(new Kind(type, { bubbles: true, cancelable: true, clientX: left + x, clientY: top + y, pointerId: 1, isPrimary: true, button: 0, buttons: type === "pointerup" ? 0 : 1, ...more }));
  };
  const surface = async (target) => {
    const { width, height } = target.getBoundingClientRect();
    for (const [x, y] of [[0.5, 0.5], [0.02, 0.4], [0.98, 0.9], [0.3, 0.02]]) {
      const [px, py] = [x * width, y * height];
      pointer(target, "pointerover", px, py);
      pointer(target, "pointermove", px, py, { buttons: 0 });
      pointer(target, "pointerdown", px, py);
      pointer(target, "pointerup", px, py);
      pointer(target, "click", px, py);
      await frame();
      pointer(target, "pointerdown", px, py);
      pointer(target, "pointermove", px + 40, py + 20);
      pointer(target, "pointerup", px + 40, py + 20);
      pointer(target, "dblclick", px, py);
      for (const deltaY of [-120, 120]) pointer(target, "wheel", px, py, { deltaY, ctrlKey: deltaY < 0 });
      pointer(target, "pointercancel", px, py);
      pointer(target, "pointerleave", px, py);
      await frame();
    }
    for (const name of ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Enter", " ", "Delete", "Escape"]) key(target, name);
    await frame();
  };
  const use = async (control) => {
    const kind = control.type;
    if (control.matches("select")) {
      for (const { value } of [...control.options]) (set(control, value), await frame());
    } else if (kind === "range") {
      for (const value of [control.min, control.max, (Number(control.min) + Number(control.max)) / 2]) (set(control, String(value)), await frame());
    } else if (control.matches("input")) {
      const values = kind === "number" ? ["1", "-1e9", "1e9", "0", ""] : ["a", "nothing has this name (", "\\", ""];
      for (const value of values) (set(control, value), await frame());
      for (const name of ["Enter", "ArrowDown", "Escape", "Escape"]) key(control, name);
      if (kind === "checkbox" || kind === "radio") (control.click(), await frame(), control.click());
    } else if (control.matches("canvas")) {
      await surface(control);
    } else {
      for (let times = 0; times < 2; times++) (control.focus(), control.click(), await frame());
      for (const name of ["Enter", "ArrowRight", "ArrowLeft", "Escape"]) key(control, name);
    }
    await frame();
  };
  const CONTROLS = "button, select, input, textarea, canvas, summary, a[href], [role=button], [role=tab], [role=option], [role=slider], [tabindex], th, td, tr";
  // of many similar controls, such as the cells of sensors, only a few are used
  const [done, alike] = [new WeakSet(), new Map()];
  const sort = (e) => {
    const own = e.matches("td, tr") ? "" : `${e.title} ${e.getAttribute("aria-label") ?? ""} ${e.matches("button") ? e.textContent : ""}`;
    return `${e.tagName} ${e.className} in ${e.parentElement?.className}: ${own}`.replace(/[\d.,]+/g, "#");
  };
  const waits = (e) => !done.has(e) && !e.disabled && e.checkVisibility() && (alike.get(sort(e)) ?? 0) < 2;
  // canvases first: a button may hide them
  const next = () => ["canvas, [tabindex]", CONTROLS].map((all) => [...document.querySelectorAll(all)].find(waits)).find(Boolean);
  const end = performance.now() + 40_000;
  for (let control = next(); control && performance.now() < end; control = next()) {
    done.add(control);
    alike.set(sort(control), (alike.get(sort(control)) ?? 0) + 1);
    const name = `${control.tagName.toLowerCase()} ${control.getAttribute("aria-label") ?? control.title} ${control.textContent.slice(0, 30).trim()}`;
    await use(control);
    note(name);
    if (control.id === "pause") await pause();
    // controls hidden by a dialog are used after it is closed
    if (!control.closest("dialog")) document.querySelector("dialog[open]")?.close();
  }
  // the buttons of the dialog
  document.getElementById("help").click();
  await frame();
  for (const control of document.querySelectorAll("dialog[open] button")) (control.click(), note(`dialog ${control.textContent}`));
  document.querySelector("dialog[open]")?.close();
  // pictures are created asynchronously
  await new Promise((later) => setTimeout(later, 300));
  note("the end");
  return [pressed, window.found ?? []];
})
