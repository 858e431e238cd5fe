// Builds elements without ever parsing markup: what comes from a store stays text.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in element && element.tagName !== "LI") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/** An HTML element: `h("p.note", { title: "…" }, "text", child)`. Attributes that are null or false are left out; `on…` are listeners. */
export function h(name, attributes, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (attributes instanceof Node || typeof attributes === "string" || typeof attributes === "number" || Array.isArray(attributes)) {
    return fill(element, null, [attributes, ...children]);
  }
  if (attributes?.class) {
    element.className = [...classes, attributes.class].join(" ");
    attributes = { ...attributes, class: null };
  }
  return fill(element, attributes, children);
}

/** An SVG element. */
export function svg(name, attributes, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Puts other children into an element. */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Says something to screen readers. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/** Calls `work` once, `delay` milliseconds after the last call. */
export function debounced(work, delay) {
  let timer = 0;
  const call = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), delay);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** Runs `work` on every item, at most `width` at a time. */
export async function inParallel(items, width, work) {
  const queue = [...items];
  await Promise.all(Array.from({ length: Math.min(width, queue.length) }, async () => {
    while (queue.length) await work(queue.shift());
  }));
}
