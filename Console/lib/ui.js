// What every view is put together from.

import { announce, h, replace } from "./dom.js";
import { bytesText } from "./format.js";
import { icon } from "./icons.js";

/** A view's heading: a title, what it is about, and what can be done. */
export function heading(title, about, ...actions) {
  return h("header.heading", h("div", h("h1", { tabindex: "-1" }, title), about ? h("p", about) : null), h("div.actions", actions));
}

/** A button. While the promise that `onclick` gives lasts, it is shown as busy and does nothing. */
export function button(text, { icon: name, onclick, ...attributes } = {}) {
  return h("button", { type: "button", onclick: whileBusy(onclick), ...attributes }, name ? icon(name) : null, text);
}

/** A button that is only an icon; its label is for screen readers and on hover. */
export function iconButton(label, name, onclick, attributes = {}) {
  return h("button.icon-only.quiet", { type: "button", "aria-label": label, title: label, onclick: whileBusy(onclick), ...attributes }, icon(name));
}

/** `aria-disabled`, not `disabled`: a busy button keeps the focus. */
function whileBusy(work) {
  if (!work) return null;
  return async (event) => {
    const element = event.currentTarget;
    if (element.getAttribute("aria-disabled") === "true") return;
    const result = work(event);
    if (!(result instanceof Promise)) return;
    element.setAttribute("aria-busy", "true");
    element.setAttribute("aria-disabled", "true");
    try {
      await result;
    } finally {
      element.removeAttribute("aria-busy");
      element.removeAttribute("aria-disabled");
    }
  };
}

/** By part of the page: what is under way there, and the controls that wait for it. */
const busy = new WeakMap();

/** Shows a part of the page as busy while `work` lasts: its buttons do nothing. */
export async function busyWhile(place, work) {
  const state = busy.get(place) ?? { count: 0, waiting: new Set() };
  busy.set(place, state);
  state.count += 1;
  place.setAttribute("aria-busy", "true");
  for (const control of place.querySelectorAll("button:not([aria-disabled])")) {
    control.setAttribute("aria-disabled", "true");
    state.waiting.add(control);
  }
  try {
    return await work;
  } finally {
    state.count -= 1;
    if (state.count === 0) {
      place.removeAttribute("aria-busy");
      for (const control of state.waiting) control.removeAttribute("aria-disabled");
      busy.delete(place);
    }
  }
}

/** The page's filter: `/` and Ctrl-K go to it. `take(text)` is called with what is typed. */
export function filterField(label, value, take) {
  const field = h("input", { type: "search", placeholder: `${label}  ( / )`, "aria-label": label, "aria-keyshortcuts": "/ Control+K", value, oninput: () => take(field.value) });
  return h("label.search", icon("search"), field);
}

/** Lets `/` and Ctrl-K go to the filter that is in `place()`. */
export function listenForFilter(place) {
  addEventListener("keydown", (event) => {
    const isCommand = (event.ctrlKey || event.metaKey) && event.key === "k";
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest?.("input:not([type=checkbox]), select, textarea");
    const filter = isCommand || isSlash ? place()?.querySelector("[aria-keyshortcuts='/ Control+K']") : null;
    if (!filter) return;
    event.preventDefault();
    filter.focus();
    filter.select();
  });
}

/** Whether a name has a text in it, wherever, in letters of any size. */
export const hasText = (name, text) => name.toLowerCase().includes(text.trim().toLowerCase());

export function card(title, about, ...content) {
  return h("section.card", { "aria-label": title }, h("header", h("h2", title), about ? h("p", about) : null), content);
}

/** Numbers side by side: `[label, value, note?, tone?]`. */
export function figures(items, className = null) {
  return h("dl.figures", { class: className }, items.map(([label, value, note, tone]) =>
    h("div.figure", { class: tone }, h("dt", label), h("dd", value), note ? h("dd.note", note) : null)));
}

export function badge(state, text = state) {
  return h("span.badge", { class: state }, h("span.dot"), text);
}

export function notice(tone, ...content) {
  return h("div.notice", { class: tone, role: tone === "bad" ? "alert" : null }, icon(tone === "good" ? "check" : "warning"), h("div", content));
}

// States

export function emptyState(name, title, text, ...more) {
  return h("div.state", icon(name), h("h2", title), h("p", text), more);
}

export function loadingState(label = "Loading") {
  return h("div.loading", { role: "status", "aria-label": label }, h("span"), h("span"), h("span"), h("span"));
}

/** What another attempt may mend: no answer, too many requests, a fault of the server. A refusal stays one. */
const mayPass = (error) => !(error.status > 0) || error.status === 429 || error.status >= 500;

/** Says why something failed, with a way to try again where that may help. */
export function failedState(error, retry, ...more) {
  const title = error.status === 0 ? "No connection"
    : error.status === 403 ? "Not allowed" : error.status === 404 ? "Not found" : "Something went wrong";
  return h("div.state.failed", { role: "alert" }, icon("warning"), h("h2", title), h("p", error.message),
    retry && mayPass(error) ? button("Try again", { icon: "refresh", onclick: retry }) : null, more);
}

/** Puts other children into an element; the place that has the focus keeps it, where there still is such a place. */
export function redraw(container, ...children) {
  const path = [];
  let element = document.activeElement;
  if (container.contains(element)) {
    for (; element !== container; element = element.parentElement) path.unshift([[...element.parentElement.children].indexOf(element), element.tagName]);
  }
  replace(container, ...children);
  if (!path.length) return;
  let same = container;
  for (const [index, tag] of path) {
    same = same.children[index];
    if (same?.tagName !== tag) return;
  }
  same.focus({ preventScroll: true });
}

/**
 * Shows that something is loading, then what `load` gives as `show` draws it, or why that failed, with a way to try again.
 * Later calls of the returned function load again without the loading state, and draw only what has changed; it is a promise of whether that worked.
 */
export function loaded(container, load, show, label) {
  let number = 0, drawn = null;
  const attempt = async (isQuiet) => {
    const mine = ++number;
    if (!isQuiet) replace(container, loadingState(label));
    try {
      const value = await load();
      if (mine !== number) return true;
      const text = JSON.stringify(value);
      if (text !== drawn || !isQuiet) redraw(container, show(value));
      drawn = text;
      return true;
    } catch (error) {
      if (error.name === "AbortError" || mine !== number) return false;
      if (!(error.status >= 0)) console.error(error);
      drawn = null;
      replace(container, failedState(error, () => attempt(false)));
      return false;
    }
  };
  attempt(false);
  return () => attempt(true);
}

// Telling and asking

export function toast(text, tone = "good") {
  let place = document.querySelector(".toasts");
  if (!place) document.body.append(place = h("div.toasts"));
  const element = h("div.toast", icon(tone === "good" ? "check" : "warning"), h("span", text));
  place.append(element);
  announce(text);
  setTimeout(() => element.remove(), tone === "good" ? 4000 : 8000);
}

export const toastError = (error) => toast(error.message, "bad");

export async function copyText(text, what) {
  try {
    await (navigator.clipboard ? navigator.clipboard.writeText(text) : copyBySelection(text));
    toast(`${what} copied`);
  } catch {
    toast(`Can't copy here. Select the text and copy it yourself.`, "bad");
  }
}

/** Browsers give their clipboard to pages of https and of this machine only; elsewhere a selection is copied. */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = h("textarea.unseen", { value: text, "aria-hidden": "true" });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  if (!isCopied) throw new Error("not copied");
}

/** Commands to be copied. */
export const commands = (text) => h("div.command", h("pre", text), iconButton("Copy the command", "copy", () => copyText(text, "Command")));

const CLAMPED_TO = 400;

/**
 * Text of any length: its beginning, and a button for the rest.
 * @param open a set of the names of texts that are open, so that a page that is drawn again keeps them so
 */
export function clamped(text, name, open, limit = CLAMPED_TO) {
  if (text.length <= limit) return text;
  const place = h("span.clamped");
  const show = () => {
    const isOpen = open.has(name);
    redraw(place, h("span", { class: isOpen ? "all" : null, tabindex: isOpen ? "0" : null, role: isOpen ? "region" : null, "aria-label": isOpen ? "The whole text" : null },
      isOpen ? text : `${beginning(text, limit)}…`), " ",
    button(isOpen ? "Show less" : `Show all (${bytesText(new Blob([text]).size)})`, { class: "small", "aria-expanded": String(isOpen), onclick: () => {
      if (!open.delete(name)) open.add(name);
      show();
    } }));
  };
  show();
  return place;
}

/** The first characters of a text, none of them halved. */
const beginning = (text, limit) => text.slice(0, limit).replace(/[\uD800-\uDBFF]$/, "");

/** A text for a place that has room for a few words: names, titles on hover. */
export const short = (text, limit = 80) => (text.length > limit ? `${beginning(text, limit - 1)}…` : text);

/** Calls `work` again and again, `delay` milliseconds after the last one ended, while the page is seen. Returns what ends it. */
export function repeating(delay, work) {
  let timer = 0, isOver = false;
  const next = async () => {
    if (isOver) return;
    if (!document.hidden) await work();
    if (!isOver) timer = setTimeout(next, delay);
  };
  timer = setTimeout(next, delay);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
