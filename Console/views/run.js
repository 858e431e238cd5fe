import { api, inSite, query } from "../lib/api.js";
import { barChart, timeline } from "../lib/charts.js";
import { h, inParallel, replace } from "../lib/dom.js";
import { age, bytes, clockTime, count, durationText, percentText, plural, time } from "../lib/format.js";
import { typeIcon } from "../lib/icons.js";
import { link } from "../lib/router.js";
import { costText, costs, percentOf, spanOf, stagesOf, totalText } from "../lib/runs.js";
import { sortable, table } from "../lib/tables.js";
import { badge, card, clamped, emptyState, figures, heading, iconButton, loaded, redraw as put, short } from "../lib/ui.js";

/** Entries of a run that are listed for one store and one kind of key. */
const LISTED_MAX = 50;

/** One run: its events as they come, what its stages took and cost, and what is stored for it. */
export function runView(store, project, run) {
  const own = { store: store === "progress" ? null : store };
  const path = `/v1/progress/${encodeURIComponent(project)}/${encodeURIComponent(run)}${query(own)}`;
  const content = h("div.stack"), stored = h("div"), head = h("div.actions");
  let log = null, source = null, isOver = false;
  /** Long texts that are shown whole. */
  const open = new Set();

  async function load() {
    log = await api(path);
    if (isOver) return log;
    follow();
    findStored ??= loaded(stored, () => storedFor(project, run), showStored, "Loading the entries of this run");
    return log;
  }

  function draw() {
    const items = log.events;
    const stages = stagesOf(items, log.state);
    const paid = costs(items, log.dropped > 0);
    const latest = items.at(-1)?.event ?? {};
    const percent = percentOf(log.state, items);
    replace(head, badge(log.state), h("span.dim", { role: "status" }, log.state === "running" ? "live" : ""));
    return [
      figures([
        ["Progress", `${Math.round(percent)} %`, h("progress", { class: log.state, max: 100, value: percent, "aria-label": "Progress" })],
        [log.state === "running" ? "Duration so far" : "Duration", durationText(spanOf(items)), "first to last event"],
        ["Stages", stages.length, stages.length ? short(`last: ${stages.at(-1).name}`, 40) : null],
        ["Events", count(log.last), log.dropped ? `${plural(log.dropped, "older event")} removed by the cap` : "all kept"],
        ["Cost", totalText(paid), paid.total === null ? "not reported" : paid.isPartial ? "partial: older events are gone" : "as reported by events"],
        ["Last event", age(items.at(-1)?.receivedAt), latest.agent === undefined ? null : short(textOf(latest.agent), 40)],
      ]),
      latest.message === undefined ? null : h("p.message", h("strong", "Last message: "), clamped(textOf(latest.message), "last", open)),
      stages.length ? [
        card("Stages", "Timeline", h("div.card-body", timeline({
          label: stages.map((stage) => `${stage.name}: ${durationText(stage.end - stage.start)}`).join(", "), format: durationText,
          stages: stages.map((stage) => ({ ...stage, text: durationText(stage.end - stage.start), title: `${stage.state}, ${durationText(stage.end - stage.start)}` })),
        }))),
        h("div.columns",
          card("Stage times", null, stageTable(stages, paid.total)),
          paid.total ? card("Stage costs", `${totalText(paid)} in total${log.dropped ? "; stages: of the events kept" : ""}`, h("div.card-body", barChart({
            label: `Cost by stage: ${stages.map((stage) => `${stage.name} ${costText(stage.cost)}`).join(", ")}`,
            max: Math.max(...stages.map((stage) => stage.cost ?? 0)),
            rows: stages.filter((stage) => stage.cost).map((stage) => ({ name: stage.name, text: costText(stage.cost), parts: [{ value: stage.cost, color: 1 }] })),
          }))) : null),
      ] : null,
      card("Events", "Newest first", eventTable(items, open)),
    ];
  }

  // Live: the stream goes on behind the last event that is shown, and ends with the run.

  function follow() {
    source?.close();
    if (log.state === "completed" || log.state === "failed") return;
    source = new EventSource(inSite(`${path}${path.includes("?") ? "&" : "?"}after=${log.last}`));
    source.addEventListener("progress", (message) => {
      const seq = Number(message.lastEventId);
      if (seq <= log.last) return;
      const event = JSON.parse(message.data);
      log.events.push({ seq, receivedAt: new Date().toISOString(), event });
      log.last = seq;
      // An event opens the run again; where it ends it, `complete` follows at once.
      log.state = "running";
      redraw();
    });
    // The server has another history than before, such as that of a backup: what it keeps comes again.
    source.addEventListener("gap", (message) => {
      const { first } = JSON.parse(message.data);
      if (first > log.last) return;
      log.events = log.events.filter(({ seq }) => seq < first);
      log.last = first - 1;
    });
    // A run that falls silent is told by another such frame.
    source.addEventListener("connected", (message) => {
      if (JSON.parse(message.data).state !== "stalled" || log.state === "stalled") return;
      log.state = "stalled";
      redraw();
    });
    source.addEventListener("complete", (message) => {
      source.close();
      log.state = JSON.parse(message.data).status ?? log.state;
      redraw();
      findStored?.();
    });
  }

  const redraw = () => {
    if (!isOver) put(content, draw());
  };

  // What is stored

  /** Looks again. Begun with the run: of one that can't be read there is nothing to be listed. */
  let findStored = null;

  function showStored(found) {
    if (!found.length) return card("Stored for this run", null, emptyState("folder", "No entries yet", "Entries of any store whose keys name this run are listed here."));
    const total = found.reduce((sum, { entry }) => sum + entry.size, 0);
    return h("section.card", { "aria-label": "Stored for this run" },
      h("header", h("h2", "Stored for this run"), h("p", count(found.length), ` ${found.length === 1 ? "entry" : "entries"} in ${plural(new Set(found.map((one) => one.store)).size, "store")}, `, bytes(total))),
      sortable("Stored for this run", STORED, found, ({ store: place, entry }) => [
        h("span.key", typeIcon(entry.contentType), h("a", { href: link(["stores", place, "entry", entry.key]) }, entry.key)),
        h("a", { href: link(["stores", place]) }, place), bytes(entry.size), h("span.dim.small", entry.contentType.split(";")[0]), time(entry.modifiedAt),
      ]));
  }

  const reload = loaded(content, load, () => draw(), "Loading the run");
  return {
    title: run,
    node: h("div", heading(h("span.crumbs", h("ol", h("li", h("a", { href: link(["runs"], own) }, "Runs")),
      h("li", h("a", { href: link(["runs"], { ...own, project }) }, project)), h("li", h("span", { "aria-current": "page" }, run)))), null, head,
      iconButton("Refresh", "refresh", () => Promise.all([reload(), findStored?.()]))), content, stored),
    leave: () => {
      isOver = true;
      source?.close();
    },
  };
}

const STORED = [
  { title: "Key", by: ({ entry }) => entry?.key ?? "" }, { title: "Store", by: ({ store }) => store ?? "" }, { title: "Size", right: true, by: ({ entry }) => entry?.size ?? 0 },
  { title: "Type", class: "narrow-hide" }, { title: "Modified", right: true, class: "narrow-hide", by: ({ entry }) => Date.parse(entry?.modifiedAt) },
];

/** A field of an event for people: it may be any JSON. */
const textOf = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function stageTable(stages, total) {
  const all = stages.reduce((sum, stage) => sum + stage.end - stage.start, 0) || 1;
  const columns = [{ title: "Stage" }, { title: "State" }, { title: "Time", right: true }, { title: "Share", right: true }];
  if (total !== null) columns.push({ title: "Cost", right: true });
  return table("Time and cost of the stages", columns, stages.map((stage) => [
    h("strong", { title: short(stage.name, 400) }, short(stage.name)), h("span", { title: stage.told ? `Last status: ${short(stage.told)}` : null }, badge(stage.state)),
    durationText(stage.end - stage.start), percentText((stage.end - stage.start) / all), costText(stage.cost),
  ].slice(0, columns.length)));
}

function eventTable(items, open) {
  const columns = [{ title: "No.", right: true }, { title: "Time" }, { title: "Agent" }, { title: "Status", class: "narrow-hide" }, { title: "Message", class: "wide" }, { title: "Progress", right: true }, { title: "Total cost", right: true, class: "narrow-hide" }];
  return table("Events, newest first", columns, items.toReversed().map(({ seq, receivedAt, event }) => [
    h("span.dim", seq), clockTime(Number.isNaN(Date.parse(event.timestamp ?? "")) ? receivedAt : event.timestamp), event.agent === undefined ? "—" : short(textOf(event.agent), 40),
    event.status === undefined ? "" : h("span.tag", short(textOf(event.status), 40)), event.message === undefined ? "" : clamped(textOf(event.message), seq, open),
    Number.isFinite(event.progress) ? `${event.progress} %` : "—",
    Number.isFinite(event.runningCost) ? costText(event.runningCost) : h("span.dim", "—"),
  ]));
}

/** Entries of all stores whose keys begin as pipelines name what belongs to a run. */
async function storedFor(project, run) {
  const { stores } = await api("/v1/stores");
  const prefixes = [`${run}/`, `${project}/${run}`, `projects/${project}/runs/${run}/`, `job_packets/${run}/`, `renders/${project}/${run}`];
  const tasks = stores.filter((store) => store.entries > 0).flatMap((store) => prefixes.map((prefix) => ({ store: store.name, prefix })));
  const found = new Map();
  await inParallel(tasks, 4, async ({ store, prefix }) => {
    const page = await api(`/v1/stores/${encodeURIComponent(store)}/entries${query({ prefix, limit: LISTED_MAX })}`);
    for (const entry of page.entries) {
      // `run-1` is no part of `run-10`.
      const rest = entry.key.slice(prefix.length);
      if (!prefix.endsWith("/") && /^[A-Za-z0-9]/.test(rest)) continue;
      found.set(`${store}\n${entry.key}`, { store, entry });
    }
  });
  return [...found.values()].sort((a, b) => (a.store === b.store ? (a.entry.key < b.entry.key ? -1 : 1) : a.store < b.store ? -1 : 1));
}
