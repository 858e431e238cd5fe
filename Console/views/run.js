import { api, inSite, query } from "../lib/api.js";
import { barChart, timeline } from "../lib/charts.js";
import { h, inParallel, replace } from "../lib/dom.js";
import { age, bytes, clockTime, count, durationText, percentText, time } from "../lib/format.js";
import { typeIcon } from "../lib/icons.js";
import { link } from "../lib/router.js";
import { costText, costs, spanOf, stagesOf, stateAfter } from "../lib/runs.js";
import { badge, button, card, emptyState, figures, heading, loaded, table } from "../lib/ui.js";

/** Entries of a run that are listed for one store and one kind of key. */
const LISTED_MAX = 50;

/** One run: its events as they come, what its stages took and cost, and what is stored for it. */
export function runView(store, project, run) {
  const own = { store: store === "progress" ? null : store };
  const path = `/v1/progress/${encodeURIComponent(project)}/${encodeURIComponent(run)}${query(own)}`;
  const content = h("div.stack"), stored = h("div"), head = h("div.actions");
  let log = null, source = null, isOver = false;

  async function load() {
    log = await api(path);
    if (!isOver) follow();
    return log;
  }

  function draw() {
    const items = log.events;
    const stages = stagesOf(items, log.state);
    const paid = costs(items);
    const latest = items.at(-1)?.event ?? {};
    const percent = log.state === "completed" ? 100 : Math.max(0, Math.min(100, Number(latest.progress) || 0));
    replace(head, badge(log.state), h("span.dim", { role: "status" }, log.state === "running" ? "live" : ""));
    return [
      figures([
        ["Progress", `${Math.round(percent)} %`, h("progress", { class: log.state, max: 100, value: percent, "aria-label": "Progress" })],
        ["Took so far", durationText(spanOf(items)), "from the first event to the last"],
        ["Stages", stages.length, stages.at(-1)?.name],
        ["Events", count(log.last), log.dropped ? `${log.dropped} older ones are gone` : "all of them kept"],
        ["Cost", costText(paid.total), paid.total === null ? "events carry none" : "as events tell it"],
        ["Last event", age(items.at(-1)?.receivedAt), latest.agent],
      ]),
      typeof latest.message === "string" ? h("p", h("strong", "Last message: "), latest.message) : null,
      stages.length ? [
        card("Stages", "What went on when", h("div.card-body", timeline({
          label: stages.map((stage) => `${stage.name}: ${durationText(stage.end - stage.start)}`).join(", "), format: durationText,
          stages: stages.map((stage) => ({ ...stage, text: durationText(stage.end - stage.start) })),
        }))),
        h("div.columns",
          card("Time of a stage", null, stageTable(stages, paid.total)),
          paid.total ? card("Cost of a stage", `${costText(paid.total)} in all`, h("div.card-body", barChart({
            label: `Cost by stage: ${stages.map((stage) => `${stage.name} ${costText(stage.cost)}`).join(", ")}`,
            max: Math.max(...stages.map((stage) => stage.cost ?? 0)),
            rows: stages.filter((stage) => stage.cost).map((stage) => ({ name: stage.name, text: costText(stage.cost), parts: [{ value: stage.cost, color: 1 }] })),
          }))) : null),
      ] : null,
      card("Events", "Newest first", eventTable(items)),
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
      log.state = stateAfter(event);
      redraw();
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
      findStored();
    });
  }

  const redraw = () => {
    if (!isOver) replace(content, draw());
  };

  // What is stored

  const findStored = loaded(stored, () => storedFor(project, run), (found) => {
    if (!found.length) return card("Stored for this run", null, emptyState("folder", "Nothing yet", "Entries whose keys name this run, in any store, are shown here."));
    const total = found.reduce((sum, { entry }) => sum + entry.size, 0);
    return h("section.card", { "aria-label": "Stored for this run" },
      h("header", h("h2", "Stored for this run"), h("p", count(found.length), " entries in ", count(new Set(found.map((one) => one.store)).size), " stores, ", bytes(total))),
      table("Stored for this run", [{ title: "Key" }, { title: "Store" }, { title: "Size", right: true }, { title: "Type", class: "narrow-hide" }, { title: "Changed", right: true, class: "narrow-hide" }],
        found.map(({ store: place, entry }) => [
          h("span.key", typeIcon(entry.contentType), h("a", { href: link(["stores", place, "entry", entry.key]) }, entry.key)),
          h("a", { href: link(["stores", place]) }, place), bytes(entry.size), h("span.dim.small", entry.contentType.split(";")[0]), time(entry.modifiedAt),
        ])));
  }, "Looking for what is stored");

  loaded(content, load, () => draw(), "Loading the run");
  return {
    title: run,
    node: h("div", heading(h("span.crumbs", h("ol", h("li", h("a", { href: link(["runs"], own) }, "Runs")),
      h("li", h("a", { href: link(["runs"], { ...own, project }) }, project)), h("li", h("span", { "aria-current": "page" }, run)))), null, head,
      button("Look again for what is stored", { icon: "refresh", class: "small quiet", onclick: () => findStored() })), content, stored),
    leave: () => {
      isOver = true;
      source?.close();
    },
  };
}

function stageTable(stages, total) {
  const all = stages.reduce((sum, stage) => sum + stage.end - stage.start, 0) || 1;
  const columns = [{ title: "Stage" }, { title: "State" }, { title: "Time", right: true }, { title: "Share", right: true }];
  if (total !== null) columns.push({ title: "Cost", right: true });
  return table("Time and cost of the stages", columns, stages.map((stage) => [
    h("strong", stage.name), badge({ good: "completed", bad: "failed", warn: "stalled", live: "running" }[stage.tone], stage.status || "running"),
    durationText(stage.end - stage.start), percentText((stage.end - stage.start) / all), costText(stage.cost),
  ].slice(0, columns.length)));
}

function eventTable(items) {
  const columns = [{ title: "No.", right: true }, { title: "Time" }, { title: "Agent" }, { title: "Status", class: "narrow-hide" }, { title: "Message", class: "wide" }, { title: "Progress", right: true }, { title: "Cost so far", right: true, class: "narrow-hide" }];
  return table("Events, newest first", columns, items.toReversed().map(({ seq, receivedAt, event }) => [
    h("span.dim", seq), clockTime(Number.isNaN(Date.parse(event.timestamp ?? "")) ? receivedAt : event.timestamp), String(event.agent ?? "—"),
    event.status ? h("span.tag", String(event.status)) : "", String(event.message ?? ""), Number.isFinite(event.progress) ? `${event.progress} %` : "—",
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
