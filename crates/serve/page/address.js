// The address of the page: `#/path?parameters`.

/** The path without its slash, in parts, and the parameters. */
export function parse(hash) {
  const text = hash.replace(/^#\/?/, "");
  const at = text.indexOf("?");
  const path = at < 0 ? text : text.slice(0, at);
  return { parts: path.split("/").filter(Boolean).map(decode), params: new URLSearchParams(at < 0 ? "" : text.slice(at + 1)) };
}

/** The address of a path (`map`, `recording/ID`) with parameters: pairs, an object, or `URLSearchParams`. */
export function address(path, params = []) {
  const search = params instanceof URLSearchParams ? params : new URLSearchParams(
    (params[Symbol.iterator] ? [...params] : Object.entries(params)).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  const query = search.toString();
  return `#/${path.replace(/^#?\/?/, "")}${query ? `?${query}` : ""}`;
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a recording's page. */
export const recordingAddress = (id) => `#/recording/${encodeURIComponent(id)}`;
