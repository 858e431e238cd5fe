import { api, entryPath, may, query, request, storePath } from "../lib/api.js";
import { debounced, h, replace } from "../lib/dom.js";
import { age, bytes, bytesText, count, exactText, percentText } from "../lib/format.js";
import { icon, typeIcon } from "../lib/icons.js";
import { compressionInWords, isLogStore, rulesInWords } from "../lib/policy.js";
import { link, rewrite } from "../lib/router.js";
import { button, card, confirm, emptyState, figures, heading, iconButton, loaded, loadingState, failedState, table, toast, toastError } from "../lib/ui.js";
import { growthChart } from "./stores.js";
import { uploader } from "./uploads.js";

const PAGE = 100;

/**
 * A store, folder by folder or newest first.
 * @param values from the address: `prefix` of the folder, `filter` behind it, `order`, `cursor` of the page
 */
export function browseView(store, values) {
  const folder = values.prefix ?? "";
  const state = { filter: values.filter ?? "", order: values.order === "newest" ? "newest" : "key", cursors: values.cursor ? ["", values.cursor] : [""] };
  const list = h("section.card.drop-zone", { "aria-label": "Entries" });
  const about = h("div");
  const uploads = may.write() ? uploader(store, () => folder, () => {
    reload(true);
    describe();
  }) : null;
  let abort = null, isOver = false;

  const reload = async (isQuiet) => {
    abort?.abort();
    abort = new AbortController();
    if (!isQuiet) replace(list, loadingState("Loading the entries"));
    list.setAttribute("aria-busy", "true");
    try {
      const page = await api(`${storePath(store)}/entries${query({
        prefix: folder + state.filter, delimiter: state.order === "key" ? "/" : null, order: state.order, limit: PAGE, cursor: state.cursors.at(-1),
      })}`, { signal: abort.signal });
      if (!isOver) replace(list, showPage(page));
    } catch (error) {
      if (error.name !== "AbortError" && !isOver) replace(list, failedState(error, () => reload(false)));
    }
    list.removeAttribute("aria-busy");
  };
  const remember = () => rewrite(["stores", store], { prefix: folder, filter: state.filter, order: state.order === "newest" ? "newest" : null, cursor: state.cursors.at(-1) });
  const restart = () => {
    state.cursors = [""];
    remember();
    reload(true);
  };
  const turn = (cursor) => {
    if (cursor) state.cursors.push(cursor);
    else state.cursors.pop();
    remember();
    reload(true).then(() => list.scrollIntoView({ block: "nearest" }));
  };

  function showPage(page) {
    const columns = [{ title: "Name" }, { title: "Size", right: true }, { title: "Type", class: "narrow-hide" }, { title: "Changed", right: true }];
    if (may.write()) columns.push({ title: "Delete", hidden: true, right: true, class: "narrow-hide" });
    const folders = page.directories.map((name) => [
      h("span.key", icon("folder"), h("a", { href: link(["stores", store], { prefix: `${name}/` }) }, `${name.slice(folder.length)}/`)), "", "", "", "",
    ].slice(0, columns.length));
    const entries = page.entries.map((entry) => [
      h("span.key", typeIcon(entry.contentType), h("a", { href: link(["stores", store, "entry", entry.key]) }, shownName(entry.key))),
      bytes(entry.size), h("span.dim.small", entry.contentType.split(";")[0]), age(entry.modifiedAt),
      iconButton(`Delete ${entry.key}`, "trash", () => remove(entry)),
    ].slice(0, columns.length));
    if (!folders.length && !entries.length && state.cursors.length === 1) return nothing();
    const first = (state.cursors.length - 1) * PAGE;
    const label = state.order === "newest" ? "Entries, newest first" : "Folders and entries";
    return [
      table(label, columns, [...folders, ...entries]),
      h("div.table-foot",
        h("span", folders.length + entries.length ? `${exactText(first + 1)} to ${exactText(first + folders.length + entries.length)}` : "No more",
          page.cursor || state.cursors.length > 1 ? `, page ${state.cursors.length}` : ""),
        h("div.actions",
          button("Previous", { icon: "back", class: "small", disabled: state.cursors.length < 2, onclick: () => turn(null) }),
          button("Next", { class: "small", disabled: !page.cursor, onclick: () => turn(page.cursor) }))),
    ];
  }

  const shownName = (key) => (state.order === "key" && key.length > folder.length ? key.slice(folder.length) : key);

  function nothing() {
    if (state.filter) return emptyState("search", "Nothing begins like that", `No key of this folder begins with “${state.filter}”. Filters go by the beginning of the name.`);
    if (folder) return emptyState("folder", "This folder is empty", "Folders are only the beginnings of keys: this one is gone with its last entry.");
    return emptyState("stores", "This store is empty", may.write() ? "Drop files here, or write with the command line or an app." : "Nothing has been written yet, or all of it has been removed.");
  }

  async function remove(entry) {
    const isMeant = await confirm("Delete this entry?", [h("p", h("code", entry.key)), h("p", `${bytesText(entry.size)} of ${entry.contentType}. This can't be undone.`)], "Delete");
    if (!isMeant) return;
    try {
      await request(entryPath(store, entry.key), { method: "DELETE", headers: { "If-Match": entry.etag } });
      toast("Deleted");
    } catch (error) {
      toastError(error.status === 412 ? new Error("It was changed a moment ago and is still there. Look at it again first.") : error);
    }
    reload(true);
  }

  const filter = h("input", {
    type: "search", placeholder: folder ? "Filter this folder by beginning" : "Filter by beginning of the key", "aria-label": "Filter by beginning", value: state.filter,
    oninput: debounced(() => {
      state.filter = filter.value;
      restart();
    }, 250),
  });
  const order = h("div.chips", { role: "group", "aria-label": "Order" });
  const showOrder = () => replace(order, [["key", "Folders"], ["newest", "Newest first"]].map(([id, text]) =>
    h("button", { type: "button", "aria-pressed": String(state.order === id), onclick: () => {
      state.order = id;
      showOrder();
      restart();
    } }, text)));
  showOrder();

  const describe = loaded(about, async () => {
    const [summary, growth] = await Promise.all([api(storePath(store)), api(`/v1/growth${query({ days: 30, store })}`)]);
    return { summary, growth: growth.stores[0] };
  }, ({ summary, growth }) => describeStore(summary, growth), "Loading the store");

  if (uploads) uploads.acceptDrops(list);
  reload(false);
  return {
    title: folder ? `${folder} in ${store}` : store,
    node: h("div",
      heading(crumbs(store, folder), null, iconButton("Refresh", "refresh", () => {
        reload(true);
        describe();
      }), uploads?.button),
      h("div.tools", h("label.search", icon("search"), filter), order),
      uploads?.panel, list, folder ? null : about),
    leave: () => {
      isOver = true;
      abort?.abort();
    },
  };
}

/** The way from all stores down to a folder, or to an entry. */
export function crumbs(store, folder, last = null) {
  const steps = [["Stores", link(["stores"])], [store, link(["stores", store])]];
  let prefix = "";
  for (const part of folder.split("/").slice(0, -1)) {
    prefix += `${part}/`;
    steps.push([part || "(empty)", link(["stores", store], { prefix })]);
  }
  if (last !== null) steps.push([last, null]);
  return h("span.crumbs", h("ol", steps.map(([text, href], i) =>
    h("li", i === steps.length - 1 ? h("span", { "aria-current": "page" }, text) : h("a", { href }, text)))));
}

function describeStore(summary, growth) {
  const { policy, removed } = summary;
  const gone = removed.cap + removed.cleanup + removed.expired;
  return h("div.stack",
    figures([
      ["Entries", count(summary.entries)], ["Content", bytes(summary.bytes)],
      ["Stored", bytes(summary.storedBytes), summary.bytes ? `gzip saves ${percentText(1 - summary.storedBytes / summary.bytes)}` : null],
      ["Shared content", growth?.dedupSavedBytes === null || !growth ? "—" : bytes(growth.dedupSavedBytes), "saved by equal content within the store"],
      ["Removed by rules", count(gone), `${exactText(removed.cap)} by caps, ${exactText(removed.cleanup)} by age, ${exactText(removed.expired)} expired`],
    ]),
    h("div.columns",
      card("Policy", policy.name, h("div.card-body", h("dl.facts",
        h("dt", "Meant for"), h("dd", policy.description || "—"),
        h("dt", "Rules"), h("dd", rulesInWords(policy).map((text) => h("p", text))),
        h("dt", "Compressed"), h("dd", compressionInWords(policy)),
        h("dt", "Read by"), h("dd", policy.public ? "everybody, without a token" : "tokens and signed links"),
        isLogStore(summary) ? [h("dt", "Runs"), h("dd", h("a", { href: link(["runs"], { store: summary.name }) }, "See its runs"))] : null))),
      card("Growth", "30 days", h("div.card-body", growthChart(growth?.points ?? [])))));
}

