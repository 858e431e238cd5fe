import { api, currentSession, currentSite, entryPath, findEntry, inSite, logPath, may, request, shownPath } from "../lib/api.js";
import { confirm, dialog } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { age, bytes, bytesText, count, percentText, plural, time, timeText } from "../lib/format.js";
import { icon, typeIcon } from "../lib/icons.js";
import { go, link } from "../lib/router.js";
import { word, words } from "../lib/shell.js";
import { button, card, copyText, emptyState, failedState, heading, iconButton, loaded, toast, toastError } from "../lib/ui.js";
import { crumbs } from "./browse.js";
import { EDIT_MAX, editor } from "./editor.js";
import { logPanel } from "./log.js";
import { preview } from "./preview.js";
import { editProperties } from "./properties.js";

/** One entry: what it is, what is in it, and what can be done with it. */
export function entryView(store, key) {
  const folder = key.slice(0, key.lastIndexOf("/", key.length - 2) + 1);
  const name = key.slice(folder.length);
  const content = h("div.stack");
  const actions = h("div.actions");
  let edit = null, isOver = false;
  /** The events, where the entry is a log that is no run's. */
  let events = null;
  const reload = loaded(content, () => findEntry(store, key), (entry) => {
    if (!entry) {
      replace(actions);
      return emptyState("file", "Entry not found", "It may have been deleted by someone, or by its store's rules.", h("a.button", { href: link(["stores", store], { prefix: folder }) }, "Go to its folder"));
    }
    return show(entry);
  }, "Loading the entry");

  function show(entry) {
    // The content of a log is put together when it is read: it has no digest.
    return entry.sha256 || isRun(entry) ? showContent(entry) : showLog(entry);
  }

  const isRun = (entry) => /^projects\/[^/]+\/runs\/[^/]+\/progress\.json$/.test(key) && !entry.sha256;

  function showLog(entry) {
    const about = h("div.stack");
    const told = (log) => replace(about, logFacts(entry, log), metadata(log));
    events?.end();
    events = logPanel(store, key, told);
    replace(actions,
      h("a.button", { href: inSite(entryPath(store, key)), download: `${name.replaceAll("/", "_") || "log"}.json` }, icon("download"), "Download"),
      may.write() ? button("Delete", { icon: "trash", class: "danger", onclick: () => removeLog() }) : null);
    return h("div.split", events.node, about);
  }

  function logFacts(entry, log) {
    return card("Details", null, h("div.card-body", h("dl.facts",
      h("dt", "Key"), h("dd", h("code", key)),
      h("dt", "Events"), h("dd", count(log.count), log.dropped ? h("span.dim", ` and ${plural(log.dropped, "older one")} removed by the log’s limits`) : null),
      h("dt", "Numbers"), h("dd", log.count ? `${log.first} to ${log.last}` : "—"),
      h("dt", "Created"), h("dd", time(entry.createdAt)),
      h("dt", "Expires"), h("dd", entry.expiresAt ? time(entry.expiresAt) : h("span.dim", "no expiry of its own")))));
  }

  async function removeLog() {
    const isMeant = await confirm("Delete this log?", [h("p", h("code", shownPath(store, key))), h("p", "All its events and its metadata go. This can't be undone.")], "Delete");
    if (!isMeant) return;
    try {
      await request(logPath(store, key), { method: "DELETE" });
      toast("Deleted");
      if (!isOver) go(["stores", store], { prefix: folder });
    } catch (error) {
      toastError(error);
    }
  }

  function showContent(entry) {
    const isLog = isRun(entry);
    const panel = h("section.card", { "aria-label": "Preview" });
    const showPreview = () => replace(panel, h("header", h("h2", "Preview"), h("p", entry.contentType)), preview(store, entry));
    const closing = (then) => () => {
      edit = null;
      return then();
    };
    const begin = () => {
      if (edit) edit.focus();
      else edit = editor(panel, store, entry, { done: closing(reload), cancel: closing(showPreview) });
    };
    showPreview();
    const isEditable = may.write() && !isLog && entry.size <= EDIT_MAX && /json|^text\//.test(entry.contentType);
    replace(actions,
      h("a.button", { href: inSite(entryPath(store, key)), download: name.replaceAll("/", "_") || "entry" }, icon("download"), "Download"),
      button("Share link", { icon: "link", onclick: () => shareLink(store, key) }),
      may.write() && !isLog ? button("Properties", { icon: "list", onclick: () => properties(entry) }) : null,
      isEditable ? button("Edit", { icon: "edit", onclick: begin }) : null,
      may.write() ? button("Delete", { icon: "trash", class: "danger", onclick: () => remove(entry) }) : null);
    return h("div.split", panel, h("div.stack", facts(entry, isLog), copies(), metadata(entry)));
  }

  function facts(entry, isLog) {
    const run = isLog ? key.split("/") : null;
    return card("Details", null, h("div.card-body", h("dl.facts",
      h("dt", "Key"), h("dd", h("code", key)),
      h("dt", "Size"), h("dd", bytes(entry.size)),
      h("dt", "On disk"), h("dd", bytes(entry.storedSize), entry.encoding === "gzip" ? ` with gzip, ${percentText(1 - entry.storedSize / entry.size)} saved` : ", not compressed"),
      h("dt", "Type"), h("dd", h("span.key", typeIcon(entry.contentType), entry.contentType)),
      h("dt", "Modified"), h("dd", time(entry.modifiedAt), " ", h("span.dim", "(", age(entry.modifiedAt), ")")),
      h("dt", "Created"), h("dd", time(entry.createdAt)),
      h("dt", "Expires"), h("dd", entry.expiresAt ? time(entry.expiresAt) : h("span.dim", "no expiry of its own")),
      h("dt", "ETag"), h("dd", h("code", entry.etag)),
      entry.sha256 ? [h("dt", "SHA-256"), h("dd", h("code", entry.sha256), " ", iconButton("Copy the SHA-256", "copy", () => copyText(entry.sha256, "SHA-256")))] : null,
      run ? [h("dt", "Run"), h("dd", h("a", { href: link(["runs", store, run[1], run[3]]) }, `${run[3]} of ${run[1]}`))] : null)));
  }

  /** What people take along: the key, where the entry is, and what reads it. */
  function copies() {
    const file = word(name.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[.-]+/, "") || "entry");
    const url = location.origin + inSite(entryPath(store, key));
    const site = currentSession().site || currentSite() === "default" ? "" : ` --site ${word(currentSite())}`;
    const server = location.origin === "http://127.0.0.1:7373" ? "" : ` --url ${location.origin}`;
    const all = [
      ["Key", key], ["URL", url], ["Command", `larder get -o ${file}${server}${site} ${words(store, key)}`],
      ["curl", `curl -H "Authorization: Bearer $LARDER_TOKEN" -o ${file} ${word(url)}`],
    ];
    return card("Copy", "The URL needs a token; a link to share does not", h("dl.card-body.copies", all.map(([what, text]) =>
      [h("dt", what), h("dd", h("code", { title: text }, text), iconButton(`Copy the ${what === "curl" ? "curl command" : what === "URL" ? what : what.toLowerCase()}`, "copy", () => copyText(text, what === "curl" ? "curl command" : what)))])));
  }

  function metadata(entry) {
    const pairs = Object.entries(entry.metadata ?? {});
    return card("Metadata", null, h("div.card-body", pairs.length
      ? h("dl.facts", pairs.map(([field, value]) => [h("dt", field), h("dd", typeof value === "string" ? value : JSON.stringify(value))]))
      : h("p.dim", "None")));
  }

  /** A save would end a text that is being edited: it comes first. */
  async function properties(entry) {
    if (edit?.unsaved()) return toast("Save or cancel the text first.", "bad");
    try {
      if (await editProperties(store, entry) && !isOver) {
        edit = null;
        await reload();
      }
    } catch (error) {
      toastError(error);
    }
    return undefined;
  }

  async function remove(entry) {
    const isMeant = await confirm("Delete this entry?", [h("p", h("code", shownPath(store, key))), h("p", `${bytesText(entry.size)}, ${entry.contentType}. This can't be undone.`)], "Delete");
    if (!isMeant) return;
    try {
      await request(entryPath(store, key), { method: "DELETE", headers: { "If-Match": entry.etag } });
      toast("Deleted");
      edit = null;
      if (!isOver) go(["stores", store], { prefix: folder });
    } catch (error) {
      if (error.status !== 412) return toastError(error);
      toast("Not deleted: it has changed since you opened it. This is the new version.", "bad");
      // An edit goes on: its save finds the change itself.
      if (!edit) await reload();
    }
    return undefined;
  }

  return {
    title: name || key,
    node: h("div", heading(crumbs(store, folder, name), null, actions), content),
    unsaved: () => edit?.unsaved() ?? null,
    leave: () => {
      isOver = true;
      events?.end();
    },
  };
}

const LIFETIMES = [["1h", "1 hour"], ["24h", "1 day"], ["7d", "7 days"], ["30d", "30 days"]];

/** Makes a link that opens one entry for whoever has it, until it ends. */
function shareLink(store, key) {
  return dialog("Share link", (close) => {
    const result = h("div", { "aria-live": "polite" });
    const lifetime = h("select", { id: "lifetime" }, LIFETIMES.map(([value, text]) => h("option", { value, selected: value === "24h" }, text)));
    const make = async () => {
      try {
        const { url, expiresAt } = await api("/v1/sign", { method: "POST", json: { store, key, expiresIn: lifetime.value } });
        const field = h("input", { readonly: true, value: url, "aria-label": "Link", onfocus: () => field.select() });
        replace(result, h("label.field", "Link", field), h("p.small", `Valid until ${timeText(expiresAt)}.`), button("Copy", { icon: "copy", onclick: () => copyText(url, "Link") }));
        await copyText(url, "Link");
      } catch (error) {
        replace(result, failedState(error, make));
      }
    };
    return [
      h("p", h("code", shownPath(store, key))),
      h("p", "Anyone with the link can read this entry, and nothing else, until the link expires. Only rotating the signing key ends it earlier."),
      h("label.field", { for: "lifetime" }, "Valid for", lifetime),
      result,
      h("div.actions", button("Close", { onclick: () => close(null) }), button("Create and copy link", { type: "submit", class: "primary", onclick: make })),
    ];
  });
}
