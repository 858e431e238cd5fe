// Dialogs: what asks, and keeps the focus until it is answered.

import { h } from "./dom.js";
import { button } from "./ui.js";

/** What closes the dialogs that are open. */
const open = new Set();
let count = 0;

/** Dismisses every dialog. What a dialog asks is about the page behind it: it goes with that page. */
export function closeDialogs() {
  for (const close of [...open]) close(null);
}

export const isDialogOpen = () => open.size > 0;

/**
 * A dialog. `build(close)` gives what is in its form; `close(value)` ends it. Enter in a field is a click on its submit button.
 * @returns a promise of that value; null when it is dismissed
 */
export function dialog(title, build, { isDismissable = true } = {}) {
  return new Promise((resolve) => {
    count += 1;
    const id = `dialog-${count}`;
    const element = h("dialog", { "aria-labelledby": id });
    const close = (value) => {
      if (!open.delete(close)) return;
      element.close();
      element.remove();
      resolve(value);
    };
    open.add(close);
    const form = h("form", { onsubmit: (event) => event.preventDefault() }, h("h2", { id }, title));
    for (const child of [build(close)].flat()) if (child) form.append(child);
    element.append(form);
    element.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (isDismissable) close(null);
    });
    // A browser closes a dialog at the second Escape whatever the page says.
    element.addEventListener("close", () => close(null));
    element.addEventListener("keydown", keepFocus);
    document.body.append(element);
    element.showModal();
  });
}

/** Tab goes round within the dialog. */
function keepFocus(event) {
  if (event.key !== "Tab") return;
  const stops = [...event.currentTarget.querySelectorAll("a[href], button:not(:disabled), input, select, textarea, [tabindex='0']")]
    .filter((one) => one.checkVisibility());
  const [edge, next] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  next?.focus();
}

/** Asks before something that can't be undone. */
export function confirm(title, text, action, { isDanger = true, cancel = "Cancel" } = {}) {
  return dialog(title, (close) => [
    h("div.stack", text),
    h("div.actions",
      button(cancel, { onclick: () => close(false), autofocus: true }),
      button(action, { class: isDanger ? "primary danger" : "primary", onclick: () => close(true) })),
  ]);
}
