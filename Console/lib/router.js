// Where the page is, in the part of the address behind `#`: it survives a reload, and keys of any kind fit in it.

/** `#/stores/media?prefix=a` → `{ parts: ["stores", "media"], values: { prefix: "a" } }` */
export function here() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decode);
  const values = {};
  for (const part of search.split("&").filter(Boolean)) {
    const at = part.indexOf("=");
    values[decode(at < 0 ? part : part.slice(0, at))] = at < 0 ? "" : decode(part.slice(at + 1));
  }
  return { parts, values };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a place. Values that are null or empty are left out. */
export function link(parts, values = {}) {
  const search = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return `#/${parts.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

/** Goes there, as a link would. */
export function go(parts, values) {
  location.hash = link(parts, values);
}

/**
 * Changes the address without going anywhere, and without a new place in the history.
 * @param kept what the place in the history keeps beside its address; a reload and Back find it again
 */
export function rewrite(parts, values, kept = {}) {
  put(parts, values, kept);
  // Who knows which place is shown has to know its new address: a link to the old one leads somewhere again.
  dispatchEvent(new Event("larder:rewritten"));
}

const put = (parts, values, kept = {}) => history.replaceState({ ...history.state, ...kept }, "", link(parts, values));

/** What the place in the history keeps. */
export const kept = () => history.state ?? {};

/** Goes there in the place of where the page is: Back leads past it. */
export function goInstead(parts, values) {
  put(parts, values);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
