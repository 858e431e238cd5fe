// What every view is put together from.

import { announce, h, replace } from "./dom.js";
import { icon } from "./icons.js";

/** A view's heading: a title, what it is about, and what can be done. */
export function heading(title, about, ...actions) {
  return h("header.heading", h("div", h("h1", { tabindex: "-1" }, title), about ? h("p", about) : null), h("div.actions", actions));
}

export function button(text, { icon: name, onclick, ...attributes } = {}) {
  return h("button", { type: "button", onclick, ...attributes }, name ? icon(name) : null, text);
}

/** A button that is only an icon; its label is for screen readers and on hover. */
export function iconButton(label, name, onclick, attributes = {}) {
  return h("button.icon-only.quiet", { type: "button", "aria-label": label, title: label, onclick, ...attributes }, icon(name));
}

export function card(title, about, ...content) {
  return h("section.card", { "aria-label": title }, h("header", h("h2", title), about ? h("p", about) : null), content);
}

/** Numbers side by side: `[label, value, note?, tone?]`. */
export function figures(items, className = null) {
  return h("dl.figures", { class: className }, items.map(([label, value, note, tone]) =>
    h("div.figure", { class: tone }, h("dt", label), h("dd", value), note ? h("dd.note", note) : null)));
}

/** A table. Columns: `{ title, right?, class? }`; rows are lists of cells, or `<tr>` elements. */
export function table(label, columns, rows) {
  const body = h("tbody", rows.map((row) => (row instanceof Node ? row : tableRow(columns, row))));
  const head = columns.map((column) => h("th", { scope: "col", class: cellClass(column) }, column.hidden ? h("span.unseen", column.title) : column.title));
  return h("div.table-wrap", { tabindex: "0", role: "region", "aria-label": label }, h("table", h("caption.unseen", label), h("thead", h("tr", head)), body));
}

const cellClass = (column) => [column.right ? "right" : "", column.class ?? ""].join(" ").trim() || null;

export function tableRow(columns, cells, attributes) {
  return h("tr", attributes, cells.map((cell, i) => h("td", { class: cellClass(columns[i]) }, cell)));
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

export function failedState(error, retry) {
  const title = error.status === 0 ? "The server can't be reached"
    : error.status === 403 ? "This token may not see that"
    : error.status === 404 ? "There is nothing here" : "That did not work";
  return h("div.state.failed", { role: "alert" }, icon("warning"), h("h2", title), h("p", error.message),
    retry ? button("Try again", { icon: "refresh", onclick: retry }) : null);
}

/**
 * Shows that something is loading, then what `load` gives as `show` draws it, or why that failed, with a way to try again.
 * Later calls of the returned function load again without the loading state; it is a promise of whether that worked.
 */
export function loaded(container, load, show, label) {
  let number = 0;
  const attempt = async (isQuiet) => {
    const mine = ++number;
    if (!isQuiet) replace(container, loadingState(label));
    try {
      const value = await load();
      if (mine === number) replace(container, show(value));
      return true;
    } catch (error) {
      if (error.name === "AbortError" || mine !== number) return false;
      if (!(error.status >= 0)) console.error(error);
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

/**
 * A dialog. `build(close)` gives what is in its form; `close(value)` ends it.
 * @returns a promise of that value; null when it is dismissed
 */
export function dialog(title, build) {
  return new Promise((resolve) => {
    let result = null;
    const element = h("dialog", { "aria-labelledby": "dialog-title" });
    const close = (value) => {
      result = value;
      element.close();
    };
    const form = h("form", { onsubmit: (event) => event.preventDefault() }, h("h2", { id: "dialog-title" }, title));
    for (const child of [build(close)].flat()) if (child) form.append(child);
    element.append(form);
    element.addEventListener("close", () => {
      element.remove();
      resolve(result);
    });
    document.body.append(element);
    element.showModal();
  });
}

/** Asks before something that can't be undone. */
export function confirm(title, text, action, { isDanger = true } = {}) {
  return dialog(title, (close) => [
    h("div.stack", text),
    h("div.actions",
      button("Cancel", { onclick: () => close(false), autofocus: true }),
      h("button.primary", { type: "button", class: isDanger ? "danger" : null, onclick: () => close(true) }, action)),
  ]);
}

export async function copyText(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    toast(`${what} could not be copied; select it and copy it by hand`, "bad");
  }
}

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
