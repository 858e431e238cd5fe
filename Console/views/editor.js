import { entryPath, findEntry, request } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { indented } from "../lib/json.js";
import { button, failedState, loadingState, notice, toast } from "../lib/ui.js";

/** Longer text is better edited elsewhere. */
export const EDIT_MAX = 512 << 10;

/**
 * Edits an entry's text in `panel`. What somebody else wrote meanwhile is never overwritten unseen: writes carry `If-Match`, and a refused
 * one shows both sides.
 * @param after.done called after a save, `after.cancel` when there was none
 */
export async function editor(panel, store, entry, after) {
  const path = entryPath(store, entry.key);
  const isJSON = /json/.test(entry.contentType);
  replace(panel, loadingState("Loading the text"));
  let base;
  try {
    base = await readText(path);
  } catch (error) {
    replace(panel, failedState(error, () => editor(panel, store, entry, after)));
    return;
  }
  let current = entry;
  open(isJSON ? indented(base.text) : base.text, base.etag);

  function open(text, etag) {
    const area = h("textarea", { rows: 22, spellcheck: "false", "aria-label": `Text of ${entry.key}`, value: text });
    const verdict = h("span.small", { role: "status" });
    const save = h("button.primary", { type: "button", onclick: () => write(area.value, etag) }, "Save");
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
    replace(panel, h("header", h("h2", "Edit"), h("p", "Saved only if nobody else wrote it meanwhile")),
      h("div.editor", problemPlace, area, h("div.bar", verdict, h("div.actions", button("Cancel", { onclick: after.cancel }), save))));
    check();
    area.focus();
  }

  async function write(text, etag) {
    try {
      await request(path, { method: "PUT", body: text, headers: fields(current, etag) });
      toast("Saved");
      after.done();
    } catch (error) {
      if (error.status === 412) {
        await conflict(text);
        return;
      }
      replace(panel.querySelector(".editor > div"), notice("bad", error.message));
    }
  }

  /** Both sides, and what may become of them. */
  async function conflict(mine) {
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
      h("header", h("h2", "Somebody else changed it")),
      h("div.editor",
        notice("warn", theirs.text === null ? "The entry was deleted while you were editing. Nothing of yours was written." : "It was written while you were editing. Nothing of yours was written; lines that differ are marked."),
        h("div.sides", sideText("Yours", mine, shown, "mine"), sideText("On the server now", shown, mine, "theirs")),
        h("div.bar", h("div.actions",
          theirs.text === null ? null : button("Take theirs", { onclick: () => {
            toast("Kept as it is on the server");
            after.done();
          } }),
          button("Go on editing mine", { onclick: () => open(mine, theirs.etag) }),
          h("button.primary.danger", { type: "button", onclick: () => write(mine, theirs.etag) }, theirs.text === null ? "Write mine again" : "Overwrite with mine")))));
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
