import { entryPath, findEntry, request, shownPath } from "../lib/api.js";
import { confirm } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { indented } from "../lib/json.js";
import { button, failedState, loadingState, notice, toast } from "../lib/ui.js";

/** Longer text is better edited elsewhere. */
export const EDIT_MAX = 512 << 10;

/**
 * Edits an entry's text in `panel`. What somebody else wrote meanwhile is never overwritten unseen: writes carry `If-Match`, and a refused
 * one shows both sides.
 * @param after.done called after a save, `after.cancel` when there was none
 * @returns `{ unsaved(), focus() }`: what leaving now would lose, or null
 */
export function editor(panel, store, entry, after) {
  const path = entryPath(store, entry.key);
  const isJSON = /json/.test(entry.contentType);
  let current = entry;
  /** The text that is kept already, and what gives the one that may not be. */
  let saved = null, text = () => saved, area = null;
  load();
  return { unsaved, focus: () => area?.focus() };

  async function load() {
    replace(panel, loadingState("Loading the text"));
    try {
      const base = await readText(path);
      saved = isJSON ? indented(base.text) : base.text;
      open(saved, base.etag);
    } catch (error) {
      replace(panel, failedState(error, load));
    }
  }

  function unsaved() {
    if (text() === saved) return null;
    return { title: "Discard your changes?", text: `Your changes to ${shownPath(store, entry.key)} are not saved.`, action: "Discard" };
  }

  async function cancel() {
    const loss = unsaved();
    if (loss && !(await confirm(loss.title, [h("p", loss.text)], loss.action, { cancel: "Keep editing" }))) return;
    end(after.cancel);
  }

  function end(then) {
    saved = null;
    text = () => null;
    then();
  }

  function open(shown, etag) {
    area = h("textarea", { rows: 22, spellcheck: "false", "aria-label": `Text of ${entry.key}`, value: shown });
    // A text field has its own line ends, so what it shows at first is what it is compared with.
    if (shown === saved) saved = area.value;
    text = () => area.value;
    const verdict = h("span.small", { role: "status" });
    const save = button("Save", { class: "primary", onclick: () => write(area.value, etag) });
    const check = () => {
      const problem = isJSON ? problemOf(area.value) : null;
      verdict.textContent = problem ?? (isJSON ? "Valid JSON" : "");
      verdict.className = `small badge ${problem ? "bad" : isJSON ? "good" : ""}`;
      verdict.hidden = !isJSON;
      save.disabled = problem !== null;
    };
    area.addEventListener("input", check);
    area.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        if (!save.disabled) save.click();
      }
    });
    const problemPlace = h("div", { "aria-live": "polite" });
    replace(panel, h("header", h("h2", "Edit"), h("p", "Saving never overwrites someone else's change")),
      h("div.editor", problemPlace, area, h("div.bar", verdict, h("div.actions", button("Cancel", { onclick: cancel }), save))));
    check();
    area.focus();
  }

  async function write(mine, etag) {
    try {
      await request(path, { method: "PUT", body: mine, headers: fields(current, etag) });
      toast("Saved");
      end(after.done);
    } catch (error) {
      if (error.status === 412) {
        await conflict(mine);
        return;
      }
      replace(panel.querySelector(".editor > div"), notice("bad", `Not saved. ${error.message}`));
    }
  }

  /** Both sides, and what may become of them. */
  async function conflict(mine) {
    text = () => mine;
    area = null;
    let theirs;
    try {
      theirs = await readText(path);
      current = (await findEntry(store, entry.key)) ?? entry;
    } catch (error) {
      if (error.status !== 404) {
        replace(panel, failedState(error, () => conflict(mine)));
        return;
      }
      theirs = { text: null, etag: null };
    }
    const shown = theirs.text === null ? "" : isJSON ? indented(theirs.text) : theirs.text;
    replace(panel,
      h("header", h("h2", theirs.text === null ? "Someone else deleted it" : "Someone else changed it")),
      h("div.editor",
        notice("warn", theirs.text === null ? "The entry was deleted while you were editing. Your changes are not saved." : "The entry was changed while you were editing. Your changes are not saved; lines that differ are marked."),
        h("div.sides", sideText("Yours", mine, shown, "mine"), sideText("On the server now", shown, mine, "theirs")),
        h("div.bar", h("div.actions",
          theirs.text === null ? null : button("Discard mine", { onclick: () => {
            toast("Kept the version on the server");
            end(after.done);
          } }),
          button("Keep editing", { onclick: () => open(mine, theirs.etag) }),
          button(theirs.text === null ? "Save mine again" : "Overwrite with mine", { class: "primary danger", onclick: () => write(mine, theirs.etag) })))));
    panel.querySelector("button")?.focus();
  }
}

async function readText(path) {
  const answer = await request(path);
  return { text: await answer.text(), etag: answer.headers.get("etag") };
}

/** What a write has to say so that all but the content stays. */
function fields(entry, etag) {
  const headers = { "Content-Type": entry.contentType };
  if (etag) headers["If-Match"] = etag;
  else headers["If-None-Match"] = "*";
  if (Object.keys(entry.metadata ?? {}).length) {
    // Header fields hold ASCII only; JSON can spell everything else.
    headers["Larder-Metadata"] = JSON.stringify(entry.metadata).replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }
  if (entry.expiresAt) headers["Larder-TTL"] = `${Math.max(1, Math.round((new Date(entry.expiresAt) - Date.now()) / 1000))}s`;
  return headers;
}

function problemOf(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error.message;
  }
}

function sideText(title, text, other, className) {
  const others = new Set(other.split("\n"));
  return h("section.side-text", { "aria-label": title }, h("h3", title), h("pre", { tabindex: "0", role: "region", "aria-label": `Text: ${title}` },
    text.split("\n").map((line) => h("span", { class: others.has(line) ? null : className }, line || " "))));
}
