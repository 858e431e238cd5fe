import { api, inSite, query } from "../lib/api.js";
import { stageStrip } from "../lib/charts.js";
import { debounced, h, inParallel, replace } from "../lib/dom.js";
import { age, clockTime, countText, durationText, plural } from "../lib/format.js";
import { go, link, rewrite } from "../lib/router.js";
import { costs, percentOf, runStores, stagesOf, totalText } from "../lib/runs.js";
import { table, tableRow } from "../lib/tables.js";
import { badge, busyWhile, button, commands, emptyState, failedState, filterField, hasText, heading, iconButton, loadingState, redraw as put, repeating, short } from "../lib/ui.js";

const PAGE = 50;
/** Answers that one page is put together from, where few runs match. */
const SEARCHES_MAX = 10;
const RESYNC_AFTER = 60_000;
const STATES = ["running", "completed", "failed", "stalled"];
/** A message is at most two lines here; its beginning is on hover. */
const MESSAGE_MAX = 400;
/** Beyond this, the runs seen longest ago leave the page; the list has them all. */
const SHOWN_MAX = 500;
const COLUMNS = [
  { title: "Run" }, { title: "State" }, { title: "Progress" }, { title: "Stages", class: "narrow-hide" }, { title: "Last message", class: "narrow-hide wide" },
  { title: "Events", right: true, class: "narrow-hide wide-only" }, { title: "Cost", right: true, class: "narrow-hide" }, { title: "Started", right: true, class: "narrow-hide wide-only" }, { title: "Last event", right: true, class: "narrow-hide" },
];

/**
 * All runs of a store, live: one event stream for the page, however many runs there are.
 * @param values from the address: `store`, `state`, `project`, `run`: a part of its ID, `day` of the last event
 */
export function runsView(values) {
  const board = h("div.stack");
  const connection = h("span.connection", { role: "status" }, h("span.dot"), "connecting");
  const tools = h("div.tools"), foot = h("span");
  /** By project and run: what the list says, and the events that are known. */
  const runs = new Map();
  let store = values.store ?? null, state = values.state ?? "", project = values.project ?? "";
  let part = values.run ?? "", day = /^\d{4}-\d\d-\d\d$/.test(values.day ?? "") ? values.day : "";
  let source = null, cursor = null, isOver = false, body = null;
  /** The run whose event came last. */
  let taken = null;

  const nameOf = (run) => `${run.project}/${run.run}`;
  const listPath = (more) => `/v1/progress${query({ store: store === "progress" ? null : store, limit: PAGE, state, project: project.trim(), contains: part.trim(), ...spanOfDay(day), cursor: more })}`;

  async function begin() {
    replace(board, loadingState("Loading the runs"));
    try {
      const names = runStores((await api("/v1/stores")).stores);
      if (!names.includes("progress")) names.unshift("progress");
      store ??= names.length > 1 && !(await api("/v1/progress?limit=1")).runs.length ? names.find((name) => name !== "progress") : "progress";
      if (isOver) return;
      showTools(names);
      await load();
      follow();
    } catch (error) {
      if (!isOver) replace(board, failedState(error, begin));
    }
  }

  async function load(more = null) {
    const page = await api(listPath(more));
    // Each answer looks at a bounded number of runs, and may find none of those that are asked for.
    for (let turn = 1; turn < SEARCHES_MAX && page.runs.length < PAGE && page.cursor && !isOver; turn += 1) {
      const next = await api(listPath(page.cursor));
      page.runs.push(...next.runs);
      page.cursor = next.cursor;
    }
    if (isOver) return;
    const known = new Map(runs);
    if (!more) runs.clear();
    // What is known of their events is still so.
    for (const run of page.runs) runs.set(nameOf(run), { ...run, items: known.get(nameOf(run))?.last === run.last ? known.get(nameOf(run)).items : undefined });
    cursor = page.cursor ?? null;
    draw();
    fillIn(page.runs.map((run) => runs.get(nameOf(run))));
  }

  function draw() {
    const list = [...runs.values()].sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, SHOWN_MAX);
    if (!list.length) {
      body = null;
      replace(board, h("section.card", state || project || part || day
        ? emptyState("search", "No matching runs", "Choose another state, run, project or day. New runs that match appear here by themselves.")
        : emptyState("runs", "No runs yet", "A run appears here with its first event.", commands("larder append demo run-1 --agent director --status running --progress 5"))));
      return;
    }
    tell();
    const wrap = table("Runs, live", COLUMNS, []);
    body = wrap.querySelector("tbody");
    body.append(...list.map(row));
    replace(board, h("section.card.run-table", { "aria-label": "Runs" }, wrap,
      h("div.table-foot", foot,
        h("div.actions", cursor ? button("Load more", { class: "small", onclick: () => busyWhile(board, load(cursor)) }) : null))));
  }

  /** How many there are, kept true as they come. */
  const tell = () => replace(foot, cursor ? `Latest ${countText(Math.min(runs.size, SHOWN_MAX))} runs` : plural(runs.size, "run"));

  function row(run) {
    const items = run.items ?? [];
    const percent = percentOf(run.state, items, run.progress);
    const stages = items.length ? stagesOf(items, run.state).map((stage) => ({ ...stage, text: `${stage.state}, ${durationText(stage.end - stage.start)}` })) : [];
    const message = short(run.message ?? "", MESSAGE_MAX);
    const cells = [
      h("div.run-name", h("a", { href: link(["runs", store, run.project, run.run]) }, run.run), h("span.dim", run.project)),
      badge(run.state),
      h("div.run-bar", h("progress", { class: run.state, max: 100, value: percent, "aria-label": `Progress of ${run.run}` }), h("span.dim.small", `${Math.round(percent)} %`)),
      stages.length ? stageStrip(stages, stages.map((stage) => `${short(stage.name, 40)}: ${stage.state}`).join(", ")) : h("span.dim", "—"),
      h("div.run-message", { title: message }, message || "—"),
      countText(run.count), items.length ? totalText(costs(items, items[0].seq > 1)) : h("span.dim", "—"), clockOrAge(run.startedAt), age(run.updatedAt),
    ];
    return tableRow(COLUMNS, cells, { "data-run": nameOf(run), "data-state": run.state });
  }

  const clockOrAge = (iso) => (Date.now() - Date.parse(iso) < 86_400_000 ? clockTime(iso) : age(iso));

  /** Stages and cost of the runs of a page, from their logs, a few at a time. */
  async function fillIn(list) {
    await inParallel(list.filter((run) => !run.items), 3, async (run) => {
      if (isOver) return;
      try {
        const log = await api(`/v1/progress/${encodeURIComponent(run.project)}/${encodeURIComponent(run.run)}${query({ store: store === "progress" ? null : store })}`);
        const known = runs.get(nameOf(run));
        if (!known || isOver) return;
        known.items = log.events;
        redraw(known);
      } catch {
        // The row stays without its stages: the run may have been removed meanwhile.
      }
    });
  }

  function redraw(run, isFresh = false) {
    const old = body?.querySelector(`tr[data-run="${CSS.escape(nameOf(run))}"]`);
    const fresh = row(run);
    if (isFresh) fresh.classList.add("fresh");
    if (!body) return draw();
    tell();
    if (old && !isFresh) return old.replaceWith(fresh);
    const focused = old?.contains(document.activeElement);
    old?.remove();
    body.prepend(fresh);
    while (body.rows.length > SHOWN_MAX) {
      runs.delete(body.lastElementChild.dataset.run);
      body.lastElementChild.remove();
    }
    if (focused) fresh.querySelector("a")?.focus();
    return undefined;
  }

  // Live

  function follow() {
    source?.close();
    if (isOver) return;
    source = new EventSource(inSite(`/v1/progress${query({ store: store === "progress" ? null : store })}`));
    let isBack = false;
    source.addEventListener("connected", () => {
      show("open", "live");
      // What ended while the connection was lost is not told again; the list knows.
      if (isBack) load().catch(() => {});
      isBack = true;
    });
    source.addEventListener("progress", (message) => take(JSON.parse(message.data)));
    // It follows the event that ended the run.
    source.addEventListener("complete", (message) => {
      const { projectId, runId, status } = JSON.parse(message.data);
      if (taken?.project === projectId && taken.run === runId) settle(taken, status);
    });
    // The server has another history than before, such as that of a backup.
    source.addEventListener("gap", () => location.reload());
    source.onerror = () => show("lost", source.readyState === EventSource.CLOSED ? "not live; refresh to try again" : "connection lost, reconnecting");
  }

  function show(tone, text) {
    connection.className = `connection ${tone}`;
    replace(connection, h("span.dot"), text);
  }

  function take({ projectId, runId, seq, event }) {
    const name = `${projectId}/${runId}`;
    const now = new Date().toISOString();
    const known = runs.get(name);
    if (!known && !isAskedFor(projectId, runId)) return;
    const run = known ?? { project: projectId, run: runId, state: "running", first: seq, last: 0, count: 0, startedAt: now };
    if (seq <= run.last) return;
    run.last = seq;
    run.count += 1;
    run.updatedAt = now;
    if (typeof event.progress === "number" && Number.isFinite(event.progress)) run.progress = event.progress;
    if (typeof event.message === "string") run.message = event.message;
    if (run.items || seq === 1) run.items = [...(run.items ?? []), { seq, receivedAt: now, event }];
    else fillIn([run]);
    taken = run;
    // An event opens the run again; where it ends it, `complete` follows at once.
    settle(run, "running");
  }

  /** A run is in this state now: it comes to the top, or leaves a list of another state. */
  function settle(run, now) {
    const name = nameOf(run);
    run.state = now;
    runs.delete(name);
    if (state && run.state !== state) {
      body?.querySelector(`tr[data-run="${CSS.escape(name)}"]`)?.remove();
      return;
    }
    runs.set(name, run);
    redraw(run, true);
  }

  const isAskedFor = (projectId, runId) => (!project.trim() || projectId === project.trim()) && hasText(runId, part) && (!day || day === dayOf(new Date()));

  // Tools

  const remember = () => rewrite(["runs"], { store, state, project: project.trim(), run: part.trim(), day });
  const restart = debounced(() => {
    remember();
    busyWhile(board, load()).catch((error) => replace(board, failedState(error, restart)));
  }, 200);

  function showTools(names) {
    const chips = h("div.chips", { role: "group", "aria-label": "State" });
    const showChips = () => put(chips, ["", ...STATES].map((one) => button(one || "all", { "aria-pressed": String(one === state), onclick: () => {
      state = one;
      showChips();
      restart();
    } })));
    showChips();
    const filter = filterField("Search run IDs", part, (text) => {
      part = text;
      restart();
    });
    const projectField = h("input", { type: "search", placeholder: "Project, full name", "aria-label": "Project, full name", value: project, oninput: () => {
      project = projectField.value;
      restart();
    } });
    const dayField = h("input", { type: "date", value: day, max: dayOf(new Date()), oninput: () => {
      day = dayField.value;
      restart();
    } });
    replace(tools, chips, filter, projectField, h("label.beside", "Last event on", dayField),
      names.length > 1 ? h("select", { "aria-label": "Store", onchange: (event) => go(["runs"], { store: event.target.value }) },
        names.map((name) => h("option", { value: name, selected: name === store }, name))) : null);
  }

  async function refresh() {
    if (!source) return begin();
    try {
      await busyWhile(board, load());
      if (source.readyState === EventSource.CLOSED) follow();
    } catch (error) {
      replace(board, failedState(error, refresh));
    }
    return undefined;
  }

  begin();
  // The list has the last word: what has stalled sends no event.
  const endResync = repeating(RESYNC_AFTER, async () => {
    if (cursor === null || runs.size <= PAGE) await load().catch(() => {});
  });
  return {
    title: "Runs",
    node: h("div", heading("Runs", "Newest first, updated live.", connection, iconButton("Refresh", "refresh", refresh)), tools, board),
    leave: () => {
      isOver = true;
      restart.cancel();
      endResync();
      source?.close();
    },
  };
}

/** A day here, from its beginning to the next one's. */
function spanOfDay(day) {
  if (!day) return {};
  const begin = new Date(`${day}T00:00:00`), end = new Date(begin);
  end.setDate(end.getDate() + 1);
  return { since: begin.toISOString(), until: end.toISOString() };
}

/** As a field for dates has it. */
function dayOf(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
