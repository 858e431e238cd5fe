import { api, entryPath, may, query, request, shownPath, storePath } from "../lib/api.js";
import { confirm } from "../lib/dialogs.js";
import { debounced, h, inParallel, replace } from "../lib/dom.js";
import { age, bytes, bytesText, count, exactText, percentText, plural } from "../lib/format.js";
import { icon, typeIcon } from "../lib/icons.js";
import { compressionInWords, isRunStore, rulesInWords } from "../lib/policy.js";
import { go, here, kept, link, rewrite } from "../lib/router.js";
import { words } from "../lib/shell.js";
import { pages, rangeText, table } from "../lib/tables.js";
import { thumbnails } from "../lib/thumbnails.js";
import { button, card, commands, copyText, emptyState, failedState, figures, filterField, heading, iconButton, loadingState, toast, toastError } from "../lib/ui.js";
import { download } from "./downloads.js";
import { growthChart } from "./stores.js";
import { uploader } from "./uploads.js";

const PAGE = 100;
/** Deletions under way at once. */
const WIDTH = 4;
/** Keys that a question names; of more, it says how many. */
const NAMED_MAX = 10;
/** Pages of a search that one turn asks for: each looks at so many keys on the server, and may find none. */
const SEARCHES_MAX = 10;
/** Stores of these policies hold pictures and films: they begin as a grid. */
const PICTURED = ["media", "videos"];
const MATCHES = [["", "Begins with"], ["contains", "Contains"]];
const VIEWS = [["list", "List"], ["grid", "Grid"]];
const ORDERS = [["key", "Folders"], ["newest", "Newest first"], ["oldest", "Oldest first"]];
/** A list that is whole on its page can be ordered by these, too. */
const SORTS = { name: (entry) => entry.key, size: (entry) => entry.size, modified: (entry) => entry.modifiedAt };

/**
 * A store, folder by folder, newest or oldest first.
 * @param values from the address: `prefix` of the folder, `filter` behind it or, where `match` says so, inside keys, `order`, `view`, `cursor`
 *   and `page` of the page
 */
export function browseView(store, values) {
  const folder = values.prefix ?? "";
  let filterText = values.filter ?? "", order = ORDERS.some(([id]) => id === values.order) ? values.order : "key";
  let match = values.match === "contains" ? "contains" : "", view = VIEWS.some(([id]) => id === values.view) ? values.view : null;
  // A search is by key.
  if (match) order = "key";
  /** The pictures of a grid, while there is one. */
  let pictures = null;
  const over = new AbortController();
  const isSearch = () => match === "contains" && filterText !== "";
  /** How a whole list is sorted: `{ by, direction }`; null: as the server gives it. */
  let sort = null;
  let summary = null, isOver = false, list = null;
  /** What is selected, by key; it outlasts a turn of the page. */
  const selected = new Map();
  const content = h("div.stack", loadingState("Loading the store"));
  const listPlace = h("section.card.drop-zone", { "aria-label": "Entries" });
  const selection = h("div.selection", { role: "region", "aria-label": "Selection", hidden: true });
  const about = h("div");
  const uploads = may.write() ? uploader(store, () => folder, refresh) : null;

  // What the store is comes first: of one that is missing, or that must not be seen, there is nothing else to say.

  async function begin() {
    try {
      await describe();
    } catch (error) {
      if (!isOver) replace(content, h("section.card", failedState(error, begin, h("a.button", { href: link(["stores"]) }, "Go to Stores"))));
      return;
    }
    if (isOver) return;
    mark(looks, VIEWS, shownView());
    replace(content, tools, selection, uploads?.panel ?? null, listPlace, about);
    const stack = kept().cursors;
    const isKnown = values.cursor && stack?.at(-1) === values.cursor;
    list = pages(listPlace, {
      load: (cursor, signal) => (isSearch() ? search(cursor, signal) : api(`${storePath(store)}/entries${query({
        prefix: folder + (match ? "" : filterText), delimiter: order === "key" ? "/" : null, sizes: order === "key" ? true : null, order, limit: PAGE, cursor,
      })}`, { signal })),
      show: showPage,
      cursors: isKnown ? stack : values.cursor ? ["", values.cursor] : [""],
      pagesBefore: isKnown || !values.cursor ? 0 : Math.max(0, Number(values.page) - 2 || 0),
      turned: (cursors, number) => rewrite(["stores", store], {
        prefix: folder, filter: filterText, match, view, order: order === "key" ? null : order, cursor: cursors.at(-1), page: number > 1 ? number : null,
      }, { cursors }),
    });
  }

  /** A page of the keys that have the text in them; each answer of the server looks at a bounded number of keys. */
  async function search(cursor, signal) {
    const entries = [];
    let next = cursor;
    for (let turn = 0; turn < SEARCHES_MAX && entries.length < PAGE; turn += 1) {
      const page = await api(`${storePath(store)}/entries${query({ prefix: folder, contains: filterText, limit: PAGE - entries.length, cursor: next })}`, { signal });
      entries.push(...page.entries);
      next = page.cursor;
      if (!next) break;
    }
    return { entries, directories: [], cursor: next };
  }

  /** What the store holds; a missing one is empty for who may make it by a write. */
  async function describe() {
    try {
      const [found, growth] = await Promise.all([api(storePath(store)), folder ? null : api(`/v1/growth${query({ days: 30, store })}`)]);
      summary = found;
      if (growth && !isOver) replace(about, describeStore(summary, growth.stores[0], may.write() ? removeStore : null));
    } catch (error) {
      if (error.status !== 404 || !may.write()) throw error;
      summary = null;
    }
  }

  async function refresh() {
    await Promise.all([list ? list.reload() : begin(), describe().catch(toastError)]);
  }

  function restart() {
    selected.clear();
    showSelection();
    return list?.restart();
  }

  // The list

  function showPage(page, { number, foot }) {
    const isWhole = number === 1 && !page.cursor;
    pictures?.end();
    pictures = null;
    if (isWhole && !page.directories.length && !page.entries.length) return nothing();
    const entries = isWhole && sort ? [...page.entries].sort(compare(sort)) : page.entries;
    const label = isSearch() ? "Entries found" : order === "key" ? "Folders and entries" : `Entries, ${order} first`;
    return [shownView() === "grid" ? grid(label, page, entries) : listOf(label, page, entries, isWhole), foot(footText(page, number))];
  }

  function footText(page, number) {
    const count = page.directories.length + page.entries.length;
    const first = (number - 1) * PAGE;
    // A page of a search may be short although there are more: what is before it is not counted.
    if (isSearch() && (number > 1 || page.cursor)) return `${plural(count, "match", "matches")} on this page${page.cursor ? "; there may be more" : ""}`;
    return count ? rangeText(first + 1, first + count, totalOf(first + count, page)) : "No more entries";
  }

  function listOf(label, page, entries, isWhole) {
    const folders = page.directories.map((name, i) => folderCells(name, page.directorySizes?.[i]));
    return table(label, columnsOf(page, isWhole), [...folders, ...entries.map(entryCells)]);
  }

  const shownView = () => view ?? (PICTURED.includes(summary?.policy.name) ? "grid" : "list");

  function grid(label, page, entries) {
    pictures = thumbnails();
    return h("div.grid-wrap", { tabindex: "0", role: "region", "aria-label": label },
      page.entries.length ? h("label.choice", selectAll(page.entries), "Select all of this page") : null,
      h("ul.tiles",
        page.directories.map((name, i) => h("li.tile", h("a.thumb", { href: link(["stores", store], { prefix: `${name}/`, view }), tabindex: "-1", "aria-hidden": "true" }, icon("folder")),
          h("div.tile-name", h("a", { href: link(["stores", store], { prefix: `${name}/`, view }) }, `${name.slice(folder.length)}/`)),
          h("div.tile-note", sizeOf(page.directorySizes?.[i])))),
        entries.map((entry) => h("li.tile",
          h("a.tile-link", { href: link(["stores", store, "entry", entry.key]), tabindex: "-1", "aria-hidden": "true" }, pictures.picture(store, entry)),
          h("div.tile-name", selectOne(entry), h("a", { href: link(["stores", store, "entry", entry.key]), title: entry.key }, shownName(entry.key))),
          h("div.tile-note", bytes(entry.size), " · ", age(entry.modifiedAt), actionsOf(entry))))));
  }

  /** What lies below a folder: counted on the server up to a bound, and not at all behind it. */
  function sizeOf(size) {
    if (!size) return h("span.dim", { title: "Not counted: there is too much on this page" }, "—");
    const title = `${exactText(size.entries)} ${size.entries === 1 ? "entry" : "entries"}${size.isPartial ? " counted, and more" : ""}`;
    return h("span", { title }, size.isPartial ? "≥ " : "", bytes(size.bytes));
  }

  /** How many there are, where that is known: at the end of a list, and of a store that is listed whole. */
  function totalOf(last, page) {
    if (!page.cursor) return last;
    return summary && order !== "key" && !folder && !filterText ? summary.entries : null;
  }

  function columnsOf(page, isWhole) {
    const chosen = isWhole ? sort : null;
    const sortBy = (by, serverOrders) => {
      const direction = (chosen ? (chosen.by === by ? chosen.direction : null) : serverOrders[order]) ?? null;
      return { direction, onclick: () => sortOn(by, direction === "descending" ? "ascending" : "descending", isWhole) };
    };
    return [
      { title: selectAll(page.entries), class: "select" },
      { title: "Name", sort: sortBy("name", { key: "ascending" }) },
      { title: "Size", right: true, sort: isWhole ? sortBy("size", {}) : null }, { title: "Type", class: "narrow-hide" },
      { title: "Modified", right: true, sort: sortBy("modified", { newest: "descending", oldest: "ascending" }) },
      { title: "Actions", hidden: true, right: true, class: "narrow-hide" },
    ];
  }

  /** A whole list is sorted here; of a longer one the server gives another order, where it has one. */
  function sortOn(by, direction, isWhole) {
    if (!isWhole) return setOrder(by === "name" ? "key" : direction === "ascending" ? "oldest" : "newest");
    sort = { by, direction };
    return list.reload();
  }

  const folderCells = (name, size) => [
    "", h("span.key", icon("folder"), h("a", { href: link(["stores", store], { prefix: `${name}/`, view }) }, `${name.slice(folder.length)}/`)), sizeOf(size), "", "", "",
  ];

  const entryCells = (entry) => [
    selectOne(entry), h("span.key", typeIcon(entry.contentType), h("a", { href: link(["stores", store, "entry", entry.key]) }, shownName(entry.key))),
    bytes(entry.size), h("span.dim.small", entry.contentType.split(";")[0]), age(entry.modifiedAt), actionsOf(entry),
  ];

  const selectOne = (entry) => h("input", {
    type: "checkbox", checked: selected.has(entry.key), "data-key": entry.key, "aria-label": `Select ${entry.key}`, onchange: (event) => select([entry], event.target.checked),
  });

  const actionsOf = (entry) => h("span.row-actions", iconButton(`Copy the key ${entry.key}`, "copy", () => copyText(entry.key, "Key")),
    may.write() ? iconButton(`Delete ${entry.key}`, "trash", () => remove(entry)) : null);

  const shownName = (key) => (order === "key" && !isSearch() && key.length > folder.length ? key.slice(folder.length) : key);

  function nothing() {
    if (isSearch()) return emptyState("search", "No matches", `No key${folder ? ` below ${folder}` : ""} contains “${filterText}”.`);
    if (filterText) return emptyState("search", "No matches", `No key here begins with “${folder}${filterText}”. Choose “Contains” to search inside keys, in all folders.`);
    if (folder) return emptyState("folder", "This folder is empty", "A folder is the common beginning of keys. It goes with its last entry.");
    return emptyState("stores", summary ? "This store is empty" : "This store does not exist yet", may.write() ? "Drop files here, or write to it:" : "Nothing has been written yet, or everything has been deleted.",
      may.write() ? commands(`larder put ${words(store, "hello.txt")} hello.txt`) : null);
  }

  // Selection

  function selectAll(entries) {
    const isAll = entries.length > 0 && entries.every((entry) => selected.has(entry.key));
    return h("input", { type: "checkbox", "data-all": "", checked: isAll, disabled: !entries.length, "aria-label": "Select all entries of this page", onchange: (event) => select(entries, event.target.checked) });
  }

  function select(entries, isSelected) {
    for (const entry of entries) {
      if (isSelected) selected.set(entry.key, entry);
      else selected.delete(entry.key);
    }
    const boxes = [...listPlace.querySelectorAll("input[data-key]")];
    for (const box of boxes) box.checked = selected.has(box.dataset.key);
    const all = listPlace.querySelector("input[data-all]");
    if (all) all.checked = boxes.length > 0 && boxes.every((box) => box.checked);
    showSelection();
  }

  function showSelection() {
    selection.hidden = selected.size === 0;
    const size = [...selected.values()].reduce((sum, entry) => sum + entry.size, 0);
    replace(selection, selected.size ? [
      h("span", { role: "status" }, `${exactText(selected.size)} selected, ${bytesText(size)}`),
      h("div.actions", button("Clear selection", { class: "small quiet", onclick: () => select([...selected.values()], false) }),
        button("Download selected", { icon: "download", class: "small", onclick: downloadSelected }),
        may.write() ? button("Delete selected", { icon: "trash", class: "small danger", onclick: removeSelected }) : null),
    ] : []);
  }

  async function downloadSelected() {
    const told = selection.querySelector("[role=status]");
    await download(store, [...selected.values()], (text) => {
      told.textContent = text;
    }, over.signal);
    if (!isOver) showSelection();
  }

  // Deleting

  async function remove(entry) {
    const isMeant = await confirm("Delete this entry?", [
      h("p", h("code", shownPath(store, entry.key))), h("p", `${bytesText(entry.size)}, ${entry.contentType}. This can't be undone.`),
    ], "Delete");
    if (!isMeant) return;
    try {
      await deleteEntry(entry);
      toast("Deleted");
    } catch (error) {
      toastError(error);
    }
    if (!isOver) await refresh();
  }

  async function removeSelected() {
    const entries = [...selected.values()];
    const size = entries.reduce((sum, entry) => sum + entry.size, 0);
    const isMeant = await confirm(`Delete ${plural(entries.length, "entry", "entries")}?`, [
      h("ul.names", entries.slice(0, NAMED_MAX).map((entry) => h("li", h("code", shownPath(store, entry.key))))),
      entries.length > NAMED_MAX ? h("p", `and ${exactText(entries.length - NAMED_MAX)} more`) : null,
      h("p", `${bytesText(size)} in all. This can't be undone.`),
    ], `Delete ${exactText(entries.length)}`);
    if (!isMeant) return;
    const problems = [];
    let done = 0;
    const told = selection.querySelector("[role=status]");
    await inParallel(entries, WIDTH, async (entry) => {
      try {
        await deleteEntry(entry);
        selected.delete(entry.key);
      } catch (error) {
        problems.push(error);
      }
      done += 1;
      if (told) told.textContent = `Deleting: ${exactText(done)} of ${exactText(entries.length)}`;
    });
    if (problems.length) toast(`${plural(problems.length, "entry", "entries")} not deleted. ${problems[0].message}`, "bad");
    else toast(`Deleted ${plural(entries.length, "entry", "entries")}`);
    if (isOver) return;
    await refresh();
    showSelection();
  }

  async function removeStore() {
    let held;
    try {
      // What it holds now, not when the page was loaded.
      held = await api(storePath(store));
    } catch (error) {
      return toastError(error);
    }
    const isMeant = await confirm("Delete this store?", [
      h("p", h("code", store)),
      h("p", `${plural(held.entries, "entry", "entries")}, ${bytesText(held.bytes)}, and all that is written to it meanwhile. This can't be undone.`),
    ], "Delete store");
    if (!isMeant) return;
    try {
      const { deleted } = await api(`${storePath(store)}?all=true`, { method: "DELETE" });
      toast(`Deleted the store ${store}, with ${plural(deleted, "entry", "entries")}`);
      if (!isOver) go(["stores"]);
    } catch (error) {
      toastError(error);
    }
  }

  /** Deletes what was shown, not what somebody has written meanwhile. One that is gone already counts as deleted. */
  async function deleteEntry(entry) {
    try {
      await request(entryPath(store, entry.key), { method: "DELETE", headers: { "If-Match": entry.etag } });
    } catch (error) {
      if (error.status === 404) return;
      throw error.status === 412 ? new Error("It has changed since the list was loaded. Refresh and look again.") : error;
    }
  }

  // Tools

  const filter = filterField(folder ? "Filter this folder by prefix" : "Filter by prefix", filterText, debounced((text) => {
    filterText = text;
    restart();
  }, 250));
  const matching = h("select", { "aria-label": "Match", onchange: () => {
    match = matching.value;
    nameFilter();
    if (match) mark(orders, ORDERS, order = "key");
    return filterText ? restart() : undefined;
  } }, MATCHES.map(([id, text]) => h("option", { value: id, selected: id === match }, text)));
  /** The field says what it looks for. */
  function nameFilter() {
    const field = filter.querySelector("input");
    const name = match ? (folder ? "Search keys in this folder" : "Search keys") : folder ? "Filter this folder by prefix" : "Filter by prefix";
    field.placeholder = `${name}  ( / )`;
    field.setAttribute("aria-label", name);
  }
  const chips = (label, choices, choose) => h("div.chips", { role: "group", "aria-label": label }, choices.map(([id, text]) => button(text, { onclick: () => choose(id) })));
  const mark = (group, choices, id) => {
    for (const [i, chip] of [...group.children].entries()) chip.setAttribute("aria-pressed", String(choices[i][0] === id));
  };
  const orders = chips("Order", ORDERS, setOrder), looks = chips("View", VIEWS, setView);
  function setOrder(id) {
    order = id;
    sort = null;
    mark(orders, ORDERS, id);
    // A search is by key: another order ends it.
    if (id !== "key" && match) {
      match = matching.value = "";
      nameFilter();
    }
    return restart();
  }
  function setView(id) {
    view = id;
    mark(looks, VIEWS, id);
    rewrite(["stores", store], { ...here().values, view });
    return list?.reload();
  }
  mark(orders, ORDERS, order);
  nameFilter();
  const tools = h("div.tools", filter, matching, orders, looks);

  if (uploads) uploads.acceptDrops(listPlace);
  begin();
  return {
    title: folder ? `${folder} in ${store}` : store,
    node: h("div", heading(crumbs(store, folder), null, iconButton("Refresh", "refresh", refresh), uploads?.button), content),
    unsaved: () => uploads?.underWay() ?? null,
    leave: () => {
      isOver = true;
      over.abort();
      pictures?.end();
      list?.end();
      uploads?.end();
    },
  };
}

function compare({ by, direction }) {
  const sign = direction === "ascending" ? 1 : -1;
  const of = SORTS[by];
  return (a, b) => sign * (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0);
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

/** @param remove deletes the store; null: the session may not. */
function describeStore(summary, growth, remove) {
  const { policy, removed } = summary;
  const gone = removed.cap + removed.cleanup + removed.expired;
  return h("div.stack",
    figures([
      ["Entries", count(summary.entries)], ["Content", bytes(summary.bytes)],
      ["On disk", bytes(summary.storedBytes), summary.bytes ? `${percentText(1 - summary.storedBytes / summary.bytes)} saved by gzip` : null],
      ["Deduplicated", growth?.dedupSavedBytes === null || !growth ? "—" : bytes(growth.dedupSavedBytes), "equal content stored once"],
      ["Deleted by rules", count(gone), `${exactText(removed.cap)} over a cap, ${exactText(removed.cleanup)} by age, ${exactText(removed.expired)} expired`],
    ]),
    h("div.columns",
      card("Policy", policy.name, h("div.card-body", h("dl.facts",
        h("dt", "Defined in"), h("dd", policy.file ? [h("code", policy.file), policy.builtIn ? ", built in" : ", in the server’s policy folder"] : "no file: the last resort"),
        h("dt", "Purpose"), h("dd", policy.description || "—"),
        h("dt", "Rules"), h("dd", rulesInWords(policy).map((text) => h("p", text))),
        h("dt", "Compression"), h("dd", compressionInWords(policy)),
        h("dt", "Read access"), h("dd", policy.public ? "public, no token needed" : "tokens and signed links"),
        isRunStore(summary) ? [h("dt", "Runs"), h("dd", h("a", { href: link(["runs"], { store: summary.name }) }, "Show runs"))] : null))),
      card("Growth", "Last 30 days", h("div.card-body", growthChart(growth?.points ?? [])))),
    remove ? h("div.actions", button("Delete store", { icon: "trash", class: "danger", onclick: remove })) : null);
}
