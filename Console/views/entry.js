import { api, entryPath, findEntry, inSite, may, request } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { age, bytes, bytesText, percentText, time, timeText } from "../lib/format.js";
import { icon, typeIcon } from "../lib/icons.js";
import { go, link } from "../lib/router.js";
import { button, card, confirm, copyText, dialog, emptyState, failedState, heading, iconButton, loaded, toast, toastError } from "../lib/ui.js";
import { crumbs } from "./browse.js";
import { EDIT_MAX, editor } from "./editor.js";
import { preview } from "./preview.js";

/** One entry: what it is, what is in it, and what can be done with it. */
export function entryView(store, key) {
  const folder = key.slice(0, key.lastIndexOf("/", key.length - 2) + 1);
  const name = key.slice(folder.length);
  const content = h("div.stack");
  const actions = h("div.actions");
  const reload = loaded(content, () => findEntry(store, key), (entry) => {
    if (!entry) {
      replace(actions);
      return emptyState("file", "There is no such entry", "It may have been deleted, or removed by its store's rules.", h("a.button", { href: link(["stores", store], { prefix: folder }) }, "To its folder"));
    }
    return show(entry);
  }, "Loading the entry");

  function show(entry) {
    const isLog = /^projects\/[^/]+\/runs\/[^/]+\/progress\.json$/.test(key) && !entry.sha256;
    const panel = h("section.card", { "aria-label": "Preview" });
    const showPreview = () => replace(panel, h("header", h("h2", "Preview"), h("p", entry.contentType)), preview(store, entry));
    const edit = () => editor(panel, store, entry, { done: reload, cancel: showPreview });
    showPreview();
    const isEditable = may.write() && !isLog && entry.size <= EDIT_MAX && /json|^text\//.test(entry.contentType);
    replace(actions,
      h("a.button", { href: inSite(entryPath(store, key)), download: name.replaceAll("/", "_") || "entry" }, icon("download"), "Download"),
      button("Copy link", { icon: "link", onclick: () => copyLink(store, key) }),
      isEditable ? button("Edit", { icon: "edit", onclick: edit }) : null,
      may.write() ? button("Delete", { icon: "trash", class: "danger", onclick: () => remove(entry) }) : null);
    return h("div.split", panel, h("div.stack", facts(entry, isLog), metadata(entry)));
  }

  function facts(entry, isLog) {
    const run = isLog ? key.split("/") : null;
    return card("Details", null, h("div.card-body", h("dl.facts",
      h("dt", "Key"), h("dd", h("code", key)),
      h("dt", "Size"), h("dd", bytes(entry.size)),
      h("dt", "Stored"), h("dd", bytes(entry.storedSize), entry.encoding === "gzip" ? ` as gzip, ${percentText(1 - entry.storedSize / entry.size)} saved` : " as it is"),
      h("dt", "Type"), h("dd", h("span.key", typeIcon(entry.contentType), entry.contentType)),
      h("dt", "Changed"), h("dd", time(entry.modifiedAt), " ", h("span.dim", "(", age(entry.modifiedAt), ")")),
      h("dt", "Made"), h("dd", time(entry.createdAt)),
      h("dt", "Expires"), h("dd", entry.expiresAt ? time(entry.expiresAt) : h("span.dim", "by the store's rules only")),
      h("dt", "ETag"), h("dd", h("code", entry.etag)),
      entry.sha256 ? [h("dt", "SHA-256"), h("dd", h("code", entry.sha256), iconButton("Copy the SHA-256", "copy", () => copyText(entry.sha256, "SHA-256")))] : null,
      run ? [h("dt", "Run"), h("dd", h("a", { href: link(["runs", store, run[1], run[3]]) }, `${run[3]} of ${run[1]}`))] : null)));
  }

  function metadata(entry) {
    const pairs = Object.entries(entry.metadata ?? {});
    return card("Metadata", pairs.length ? "as its writer gave it" : null, h("div.card-body", pairs.length
      ? h("dl.facts", pairs.map(([field, value]) => [h("dt", field), h("dd", typeof value === "string" ? value : JSON.stringify(value))]))
      : h("p.dim", "Its writer gave none.")));
  }

  async function remove(entry) {
    const isMeant = await confirm("Delete this entry?", [h("p", h("code", key)), h("p", `${bytesText(entry.size)} of ${entry.contentType}. This can't be undone.`)], "Delete");
    if (!isMeant) return;
    try {
      await request(entryPath(store, key), { method: "DELETE", headers: { "If-Match": entry.etag } });
      toast("Deleted");
      go(["stores", store], { prefix: folder });
    } catch (error) {
      if (error.status !== 412) return toastError(error);
      toast("It was changed a moment ago and is still there. This is how it is now.", "bad");
      reload();
    }
  }

  return { title: name || key, node: h("div", heading(crumbs(store, folder, name), null, actions), content) };
}

const LIFETIMES = [["1h", "an hour"], ["24h", "a day"], ["7d", "a week"], ["30d", "30 days"]];

/** Makes a link that opens one entry for whoever has it, until it ends. */
function copyLink(store, key) {
  return dialog("A link to this entry", (close) => {
    const result = h("div", { "aria-live": "polite" });
    const lifetime = h("select", { id: "lifetime" }, LIFETIMES.map(([value, text]) => h("option", { value, selected: value === "24h" }, text)));
    const make = async () => {
      try {
        const { url, expiresAt } = await api("/v1/sign", { method: "POST", json: { store, key, expiresIn: lifetime.value } });
        const field = h("input", { readonly: true, value: url, "aria-label": "The link", onfocus: () => field.select() });
        replace(result, h("label.field", "The link", field), h("p.small", `It ends ${timeText(expiresAt)}.`), button("Copy", { icon: "link", onclick: () => copyText(url, "Link") }));
        await copyText(url, "Link");
      } catch (error) {
        replace(result, failedState(error, make));
      }
    };
    return [
      h("p", "Whoever has the link can read this entry, and nothing else, until it ends. It can't be taken back before."),
      h("label.field", { for: "lifetime" }, "It works for", lifetime),
      result,
      h("div.actions", button("Close", { onclick: () => close(null) }), h("button.primary", { type: "button", onclick: make }, "Make and copy the link")),
    ];
  });
}
