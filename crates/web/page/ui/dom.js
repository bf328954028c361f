// Helpers to create and update DOM elements.

/** Creates an element with properties and children. `data` and `aria` take objects; `on` takes listeners. */
export function make(tag, { data, aria, on, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(data ?? {})) element.dataset[name] = value;
  for (const [name, value] of Object.entries(aria ?? {})) element.setAttribute(`aria-${name}`, value);
  for (const [name, listener] of Object.entries(on ?? {})) element.addEventListener(name, listener);
  element.append(...children);
  return element;
}

/** Sets an element's text if it differs, to avoid needless layout. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A set of buttons of which one is pressed. Returns the element and a function that shows the choice. */
export function choice(label, options, chosen) {
  const buttons = Object.entries(options).map(([value, [text, title]]) =>
    make("button", { type: "button", textContent: text, title, data: { value }, on: { click: () => chosen(value) } }),
  );
  const element = make("div", { className: "choice", role: "group", aria: { label } }, ...buttons);
  const show = (value) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.value === value)));
  return { element, show };
}

/** Reads or writes a preference in local storage; returns null if storage is not available. */
export function remember(key, value) {
  try {
    if (value !== undefined) localStorage.setItem(`passband.${key}`, JSON.stringify(value));
    return JSON.parse(localStorage.getItem(`passband.${key}`));
  } catch {
    return null;
  }
}
