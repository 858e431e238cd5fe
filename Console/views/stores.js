import { api, may, request, storePath } from "../lib/api.js";
import { lineChart, sparkline } from "../lib/charts.js";
import { dialog } from "../lib/dialogs.js";
import { debounced, h, replace } from "../lib/dom.js";
import { bytes, bytesText, count, countText, percentText, plural } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { policyInShort, rulesInWords } from "../lib/policy.js";
import { go, link } from "../lib/router.js";
import { sortable } from "../lib/tables.js";
import { button, card, commands, emptyState, figures, filterField, hasText, heading, iconButton, loaded, notice, redraw, repeating, toast } from "../lib/ui.js";

const REFRESH_AFTER = 20_000;
const DAYS = 30;

/** All stores: what they hold, what that takes, how it grew. */
export function storesView() {
  const content = h("div.stack"), tablePlace = h("section.card", { "aria-label": "All stores" });
  let all = [], text = "";
  const load = async () => {
    const [{ stores }, growth] = await Promise.all([api("/v1/stores"), api(`/v1/growth?days=${DAYS}`)]);
    const grown = new Map(growth.stores.map((store) => [store.name, store]));
    return stores.map((store) => ({ ...store, growth: grown.get(store.name) ?? null }));
  };
  const showTable = () => {
    const found = all.filter((store) => hasText(store.name, text));
    redraw(tablePlace, found.length ? sortable("All stores", COLUMNS, found, row, { index: 0, direction: "ascending" }) : emptyState("search", "No matches", `No store has “${text}” in its name.`));
  };
  const reload = loaded(content, load, (stores) => {
    all = stores;
    showTable();
    return show(stores, tablePlace);
  }, "Loading the stores");
  const filter = filterField("Filter stores by name", "", (typed) => {
    text = typed;
    showTable();
  });
  return {
    title: "Stores",
    node: h("div", heading("Stores", "A store is created here, or by its first write.", iconButton("Refresh", "refresh", () => reload()),
      may.write() ? button("New store", { icon: "stores", class: "primary", onclick: createStore }) : null), h("div.tools", filter), content),
    leave: repeating(REFRESH_AFTER, reload),
  };
}

/** Makes an empty store, and shows it. */
async function createStore() {
  const name = await dialog("New store", (close) => {
    const told = h("div", { "aria-live": "polite" });
    const field = h("input", { id: "store-name", required: true, maxlength: 64, pattern: "[^\\/]+", spellcheck: "false", autocomplete: "off", autofocus: true, title: "1 to 64 bytes, without a slash" });
    const preview = h("div.small", { "aria-live": "polite" });
    const ask = debounced(async () => {
      const wanted = field.value;
      if (!field.validity.valid) return replace(preview);
      try {
        const store = await api(`${storePath(wanted)}?dryRun=true`, { method: "PUT" });
        if (wanted !== field.value) return undefined;
        const { policy } = store;
        return replace(preview, h("p", "It has the policy ", h("code", policy.name), ", ", policy.file ? ["of ", h("code", policy.file), policy.builtIn ? ", built in:" : ", in the server’s policy folder:"] : "of no file, the last resort:"),
          rulesInWords(policy).map((rule) => h("p", rule)), policy.public ? h("p", "Anybody may read it, without a token.") : null);
      } catch {
        // «Create store» says what is wrong.
        return replace(preview);
      }
    }, 250);
    field.addEventListener("input", ask);
    const make = async () => {
      if (!field.reportValidity()) return undefined;
      try {
        const answer = await request(storePath(field.value), { method: "PUT" });
        toast(answer.status === 201 ? "Created" : "This store existed already");
        return close(field.value);
      } catch (error) {
        return replace(told, notice("bad", error.message));
      }
    };
    return [
      told, h("label.field", { for: "store-name" }, "Name", field),
      h("p.small", "The name decides the policy: ", h("code", "media"), " and ", h("code", "acme-media"), " have the same one."), preview,
      h("div.actions", button("Cancel", { onclick: () => close(null) }), button("Create store", { type: "submit", class: "primary", onclick: make })),
    ];
  });
  if (name) go(["stores", name]);
}

function show(stores, tablePlace) {
  if (!stores.length) {
    return emptyState("stores", "No stores yet", "Create one above, or write to one. On this machine:",
      commands("echo '{\"status\":\"queued\"}' | larder put runs demo/run-1.json -"));
  }
  const sum = (of) => stores.reduce((total, store) => total + of(store), 0);
  const logical = sum((store) => store.bytes), stored = sum((store) => store.storedBytes);
  const isCounted = stores.every((store) => store.growth && store.growth.dedupSavedBytes !== null);
  const deduped = isCounted ? sum((store) => store.growth.dedupSavedBytes) : null;
  const taken = stored - (deduped ?? 0);
  const days = daily(stores);
  return [
    figures([
      ["Stores", count(stores.length)],
      ["Entries", count(sum((store) => store.entries)), `in ${plural(stores.filter((store) => store.entries).length, "store")}`],
      ["Content", bytes(logical), "before compression"],
      ["On disk", bytes(taken), logical ? `${percentText(taken / logical)} of the content` : null],
      ["Saved by gzip", bytes(logical - stored), logical ? percentText((logical - stored) / logical, 1) : null],
      ["Saved by dedup", deduped === null ? h("span", { title: "Not counted above 100,000 entries" }, "—") : bytes(deduped),
        deduped === null ? "not counted, too many entries" : logical ? percentText(deduped / logical, 1) : null],
    ]),
    card("Growth", `All stores, last ${DAYS} days`, h("div.card-body", lineChart({
      height: 190, label: `Content of all stores: ${bytesText(days.at(0)?.bytes ?? 0)} ${DAYS} days ago, ${bytesText(logical)} today`,
      labels: days.map((day) => dayText(day.day)), format: bytesText,
      series: [{ name: "Content", color: 1, values: days.map((day) => day.bytes) }, { name: "Compressed", color: 2, values: days.map((day) => day.storedBytes) }],
      isArea: true,
    }))),
    tablePlace,
  ];
}

const COLUMNS = [
  { title: "Store", by: (store) => store.name ?? "" }, { title: "Policy", class: "narrow-hide" }, { title: "Entries", right: true, by: (store) => store.entries },
  { title: "Content", right: true, by: (store) => store.bytes }, { title: "Compressed", right: true, class: "narrow-hide", by: (store) => store.storedBytes },
  { title: "Saved", right: true, class: "narrow-hide", by: (store) => (store.bytes > 0 ? savedOf(store) / store.bytes : 0) }, { title: `${DAYS} days`, class: "narrow-hide" },
];

const savedOf = (store) => store.bytes - store.storedBytes + (store.growth?.dedupSavedBytes ?? 0);

function row(store) {
  const saved = savedOf(store);
  const points = fill(store.growth?.points ?? []);
  const first = points.find((value) => value !== null) ?? 0;
  return [
    h("span.key", icon("stores"), h("a", { href: link(["stores", store.name]) }, store.name),
      store.namespace ? h("span.badge", { title: `A namespace of the KV face: ${store.namespace}` }, "KV") : null),
    h("span.dim", { title: [store.policy.description, ...rulesInWords(store.policy)].join("\n") }, policyInShort(store.policy)),
    count(store.entries), bytes(store.bytes), bytes(store.storedBytes),
    store.bytes > 0 && saved > 0 ? h("span", { title: savedText(store) }, percentText(saved / store.bytes)) : h("span.dim", "—"),
    sparkline(points.map((value) => value ?? 0), `${store.name}: ${bytesText(first)} then, ${bytesText(store.bytes)} now`),
  ];
}

function savedText(store) {
  const dedup = store.growth?.dedupSavedBytes;
  const share = dedup === null || dedup === undefined ? "dedup not counted" : `${bytesText(dedup)} by dedup`;
  return `${bytesText(store.bytes - store.storedBytes)} by gzip, ${share}`;
}

// Days

const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const dayText = (day) => dayFormat.format(new Date(`${day}T00:00:00Z`));

/** The last days up to today, as `2026-05-10`. */
function lastDays() {
  const today = Math.floor(Date.now() / 86_400_000);
  return Array.from({ length: DAYS }, (_, i) => new Date((today - DAYS + 1 + i) * 86_400_000).toISOString().slice(0, 10));
}

/** Content day by day. On a day on which no server ran, what was there the day before; null before the first day known. */
function fill(points, of = (point) => point.bytes) {
  const known = new Map(points.map((point) => [point.day, of(point)]));
  let last = null;
  return lastDays().map((day) => (last = known.get(day) ?? last));
}

function daily(stores) {
  const content = stores.map((store) => fill(store.growth?.points ?? []));
  const kept = stores.map((store) => fill(store.growth?.points ?? [], (point) => point.storedBytes));
  return lastDays().map((day, i) => {
    const add = (lists) => lists.reduce((total, values) => (values[i] === null ? total : (total ?? 0) + values[i]), null);
    return { day, bytes: add(content), storedBytes: add(kept) };
  });
}

/** How one store grew, for its own page. */
export function growthChart(points) {
  const content = fill(points), stored = fill(points, (point) => point.storedBytes);
  return lineChart({
    height: 150, labels: lastDays().map(dayText), format: bytesText,
    label: `Content over the last ${DAYS} days, ${bytesText(content.at(-1) ?? 0)} today, ${countText(points.at(-1)?.entries ?? 0)} entries`,
    series: [{ name: "Content", color: 1, values: content }, { name: "Compressed", color: 2, values: stored }], isArea: true,
  });
}
