import { api, query } from "../lib/api.js";
import { barChart, legend } from "../lib/charts.js";
import { confirm } from "../lib/dialogs.js";
import { h, replace } from "../lib/dom.js";
import { age, bytes, bytesText, count, countText, durationText, exactText, keepWords, percentText, plural, time } from "../lib/format.js";
import { goInstead, link } from "../lib/router.js";
import { pages, rangeText, table } from "../lib/tables.js";
import { badge, button, card, emptyState, failedState, figures, heading, loaded, notice, redraw, repeating, toast, toastError } from "../lib/ui.js";
import { tokensTab } from "./tokens.js";

const TABS = [["cleanup", "Cleanup"], ["jobs", "Jobs"], ["verify", "Verify"], ["backups", "Backups"], ["tokens", "Tokens"], ["audit", "Audit log"]];
const AUDIT_PAGE = 50;
const POLL_AFTER = 500;

/** The cleanup desk, the jobs, what verification found, the last backups, and who did what. */
export function housekeepingView(tab = "cleanup", id = null) {
  const parts = { cleanup: cleanupTab, jobs: jobsTab, verify: verifyTab, backups: backupsTab, tokens: tokensTab, audit: auditTab };
  const part = (parts[tab] ?? cleanupTab)(id);
  return {
    title: "Housekeeping",
    leave: part.leave,
    node: h("div", heading("Housekeeping", "Cleanup, jobs, verification, backups, tokens and the audit log."),
      h("nav.tabs", { "aria-label": "Housekeeping pages" }, TABS.map(([name, text]) => h("a", { href: link(["housekeeping", name]), "aria-current": name === tab ? "page" : null }, text))),
      part.node),
  };
}

const jobPath = (id) => `/v1/admin/jobs/${encodeURIComponent(id)}`;

/** Shows how far a job is until it is over. Returns what ends that. */
function watch(place, job, whenOver) {
  const show = (now) => redraw(place, h("section.card", { "aria-label": `Job ${now.id}` }, h("div.card-body.stack",
    h("div.heading", h("div", h("h2", now.title), h("p", `Job ${now.id}, started by ${now.requestedBy}`)), badge(now.state),
      now.state === "running" ? button("Cancel", { icon: "close", class: "small", onclick: () => cancel(now.id) }) : null),
    bar(now))));
  let isOver = false;
  show(job);
  const end = repeating(POLL_AFTER, async () => {
    try {
      const now = await api(jobPath(job.id));
      if (isOver) return;
      if (now.state === "running") return show(now);
      isOver = true;
      end();
      whenOver(now);
    } catch (error) {
      // At the end of a restore the server is away for a moment.
      if (isOver || (job.kind === "restore" && (error.status === 0 || error.status === 503))) return;
      isOver = true;
      end();
      replace(place, failedState(error));
    }
  });
  return () => {
    isOver = true;
    end();
  };
}

async function cancel(id) {
  try {
    await api(jobPath(id), { method: "DELETE" });
    toast("Job cancelled");
  } catch (error) {
    toastError(error);
  }
}

function bar(job) {
  const { done, total, bytesPerSecond, secondsLeft } = job.progress;
  const share = total > 0 ? done / total : job.state === "running" ? 0 : 1;
  const rest = job.state === "running" && secondsLeft !== undefined ? `, ${durationText(secondsLeft * 1000)} left` : "";
  return h("div", h("progress", { class: job.state, max: 1, value: share, "aria-label": `Progress of job ${job.id}` }),
    h("p.small.dim", `${exactText(done)} of ${exactText(total)} (${percentText(share)})${bytesPerSecond ? `, ${bytesText(bytesPerSecond)}/s` : ""}${rest}`));
}

// Cleaning up

function cleanupTab(id) {
  const place = h("div.stack"), choices = h("div");
  let leave = null;
  const store = h("select", { id: "store" }, h("option", { value: "" }, "All stores"));
  const olderThan = h("input", { id: "older", placeholder: "per store rules", size: 14, pattern: "\\d+[smhd]", title: "A number and s, m, h or d, for example 30d" });
  const project = h("input", { id: "project", placeholder: "all", size: 16 });

  async function dryRun() {
    if (!olderThan.reportValidity()) return;
    const json = { dryRun: true };
    if (store.value) json.store = store.value;
    if (olderThan.value.trim()) json.olderThan = olderThan.value.trim();
    if (project.value.trim()) json.project = project.value.trim();
    leave?.();
    try {
      const job = await api("/v1/admin/cleanup", { method: "POST", json });
      leave = watch(place, job, (over) => goInstead(["housekeeping", "cleanup", over.id]));
    } catch (error) {
      replace(place, h("section.card", failedState(error, dryRun)));
    }
  }

  replace(choices, h("section.card", { "aria-label": "Cleanup preview" }, h("form.card-body.form", { onsubmit: (event) => event.preventDefault() },
    h("label.field", { for: "store" }, "Store", store),
    h("label.field", { for: "older" }, "Older than", olderThan),
    h("label.field", { for: "project" }, "Project", project),
    button("Preview cleanup", { type: "submit", class: "primary", onclick: dryRun }))));

  /** What the stores' rules say, to be shown beside the rules. */
  const known = api("/v1/stores").then(({ stores }) => {
    store.append(...stores.map(({ name }) => h("option", { value: name }, name)));
    for (const { name, policy } of stores) policies.set(name, policy);
  }, toastError);

  if (id) {
    loaded(place, async () => {
      await known;
      return api(jobPath(id));
    }, (job) => {
      if (job.state === "running") {
        const inner = h("div");
        leave = watch(inner, job, (over) => replace(place, showCleanup(over)));
        return inner;
      }
      return showCleanup(job);
    }, "Loading the preview");
  } else {
    replace(place, h("section.card", emptyState("housekeeping", "No preview yet", "A preview deletes nothing. It shows which entries have expired, and which are older than their store's rules allow.")));
  }

  function showCleanup(job) {
    const { result, request } = job;
    if (job.state !== "done") return h("section.card", emptyState("warning", `${job.title}: ${job.state}`, job.error?.message ?? "It was stopped before it finished."));
    if (!request.dryRun) return showRemoved(job);
    const rows = rowsOf(result);
    if (!rows.length) return h("section.card", emptyState("check", "Nothing to delete", "No entry has expired or is older than its store's rules allow."));
    const remove = button(`Delete ${plural(result.removed, "entry", "entries")}`, { icon: "trash", class: "danger primary", onclick: () => carryOut(job) });
    return [
      h("div.heading", h("div", h("h2", "To be deleted"), h("p", scopeText(request), ", as of ", time(job.startedAt))), h("div.actions", remove)),
      figures([
        ["Entries", count(result.removed)], ["Content", bytes(result.bytes)], ["Stores", count(Object.keys(result.byStore).length)],
        ["Rules", count(new Set(rows.map((row) => row.rule)).size), "including expiry"],
      ]),
      h("div.columns",
        card("By store and rule", "Bytes of content", h("div.card-body", chartOf(result))),
        card("Details", null, table("To be deleted, by store and rule", [{ title: "Store" }, { title: "Rule" }, { title: "Entries", right: true }, { title: "Content", right: true }], rows.map((row) => [
          row.store, ruleCell(row.rule, row.store), count(row.removed), bytes(row.bytes),
        ])))),
      h("div.columns", examples("Oldest", "Oldest changes first", result.oldest), examples("Largest", "Largest first", result.largest)),
    ];
  }

  async function carryOut(dry) {
    const { result } = dry;
    const isMeant = await confirm(`Delete ${plural(result.removed, "entry", "entries")}?`, [
      h("p", `${bytesText(result.bytes)} in ${plural(Object.keys(result.byStore).length, "store")}, as in the preview. This can't be undone.`),
      h("p", "Entries written since the preview are kept. Disk space is freed by the next garbage collection."),
    ], "Delete them");
    if (!isMeant) return;
    try {
      const job = await api("/v1/admin/cleanup", { method: "POST", json: { confirm: dry.id } });
      leave?.();
      leave = watch(place, job, (over) => replace(place, showCleanup(over)));
    } catch (error) {
      toastError(error);
    }
  }

  function showRemoved(job) {
    const { result } = job;
    return [
      notice("good", h("strong", `Deleted ${plural(result.removed, "entry", "entries")}, ${bytesText(result.bytes)} of content.`), " ", h("a", { href: link(["housekeeping", "jobs"]) }, "All jobs")),
      result.removed ? h("div.columns", card("By store and rule", "Bytes of content", h("div.card-body", chartOf(result))),
        card("Details", null, table("Deleted, by store and rule", [{ title: "Store" }, { title: "Rule" }, { title: "Entries", right: true }, { title: "Content", right: true }],
          rowsOf(result).map((row) => [row.store, ruleCell(row.rule, row.store), count(row.removed), bytes(row.bytes)])))) : null,
    ];
  }

  return { node: h("div.stack", choices, place), leave: () => leave?.() };
}

const scopeText = (request) => [
  request.store ? `In ${request.store}` : "In all stores", request.project ? `project ${request.project}` : null,
  request.olderThanSeconds ? `older than ${durationText(request.olderThanSeconds * 1000)}` : "per store rules",
].filter(Boolean).join(", ");

/** By the store's name; of another site's stores none is known. */
const policies = new Map();

function ruleCell(rule, store) {
  if (rule === "ttl") return h("span.tag", "expired");
  const keep = policies.get(store)?.rules.find((one) => one.keys === rule)?.keep;
  return h("span", h("code", rule), keep ? h("span.dim", ` kept ${keepWords(keep)}`) : null);
}

const ruleName = (rule) => (rule === "ttl" ? "expired" : rule === "**" ? "all keys" : rule);

const rowsOf = (result) => Object.entries(result.byStore).flatMap(([store, amount]) => Object.entries(amount.rules).map(([rule, of]) => ({ store, rule, ...of })))
  .sort((a, b) => b.bytes - a.bytes);

/** A bar a store, in parts by rule. */
function chartOf(result) {
  const rules = [...new Set(rowsOf(result).map((row) => row.rule))];
  const color = (rule) => (rules.indexOf(rule) % 6) + 1;
  const stores = Object.entries(result.byStore).sort(([, a], [, b]) => b.bytes - a.bytes);
  return [
    barChart({
      max: Math.max(1, ...stores.map(([, amount]) => amount.bytes)),
      label: stores.map(([store, amount]) => `${store}: ${bytesText(amount.bytes)} in ${countText(amount.removed)}`).join("; "),
      rows: stores.slice(0, 12).map(([store, amount]) => ({
        name: store, note: plural(amount.removed, "entry", "entries"), text: bytesText(amount.bytes),
        parts: Object.entries(amount.rules).map(([rule, of]) => ({ value: of.bytes, color: color(rule), title: `${rule}: ${bytesText(of.bytes)}` })),
      })),
    }),
    legend(rules.slice(0, 6).map((rule) => [ruleName(rule), color(rule)])),
  ];
}

function examples(title, about, list) {
  return card(title, about, list?.length ? table(title, [{ title: "Key", class: "wide" }, { title: "Store", class: "narrow-hide" }, { title: "Size", right: true }, { title: "Modified", right: true }], list.map((one) => [
    one.site ? h("code", one.key) : h("a", { href: link(["stores", one.store, "entry", one.key]) }, one.key), one.site ? `${one.site}/${one.store}` : one.store, bytes(one.bytes), age(one.modifiedAt),
  ])) : h("div.card-body", h("p.dim", "None")));
}

// Jobs

function jobsTab(id) {
  if (id) return jobTab(id);
  const place = h("section.card", { "aria-label": "Jobs" });
  const reload = loaded(place, () => api("/v1/admin/jobs"), ({ jobs }) => (jobs.length
    ? table("Jobs, newest first", [{ title: "No." }, { title: "Job" }, { title: "State" }, { title: "Progress", class: "wide" }, { title: "Result", class: "narrow-hide" }, { title: "By", class: "narrow-hide" }, { title: "Started", right: true }, { title: "Cancel", hidden: true, right: true }],
      jobs.map((job) => [
        h("a", { href: link(["housekeeping", "jobs", job.id]) }, job.id), job.title, badge(job.state), bar(job), h("span.dim", resultText(job)), job.requestedBy, age(job.startedAt),
        job.state === "running" ? button("Cancel", { class: "small", "aria-label": `Cancel job ${job.id}`, onclick: () => cancel(job.id).then(reload) }) : "",
      ]))
    : emptyState("list", "No jobs yet", "The last 100 cleanups, garbage collections and verifications are listed here.")), "Loading the jobs");
  return { node: h("div.stack", h("div.actions", startButton("Run garbage collection", "collect", reload), startButton("Verify all content", "verify", reload)), place), leave: repeating(1000, reload) };
}

function startButton(text, kind, whenBegun) {
  return button(text, { icon: kind === "verify" ? "shield" : "housekeeping", onclick: () => start(kind, {}, whenBegun) });
}

async function start(kind, json, whenBegun) {
  try {
    const job = await api(`/v1/admin/${kind}`, { method: "POST", json });
    toast(`Job ${job.id} started`);
    await whenBegun(job);
  } catch (error) {
    toastError(error);
  }
}

function resultText(job) {
  const { result } = job;
  if (job.error) return job.error.message;
  if (!result) return "";
  if (job.kind === "cleanup") return `${countText(result.removed)} ${job.request?.dryRun ? "to delete" : "deleted"}, ${bytesText(result.bytes)}`;
  if (job.kind === "collect") return `${countText(result.removed)} objects, ${bytesText(result.bytes)} freed`;
  if (job.kind === "backup") return `${plural(result.made.counts.entries, "entry", "entries")}, ${bytesText(result.made.newBytes)} written`;
  if (job.kind === "backup-verify") return `${countText(result.objects)} contents, ${countText(result.missing.length)} missing, ${countText(result.damaged.length)} damaged`;
  if (job.kind === "restore" && result.snapshot) return `${plural(result.entries, "entry", "entries")} of ${result.snapshot}; the state before is in ${result.before}, ${bytesText(result.beforeBytes)}`;
  if (job.kind === "discard-before") return result.removed ? `removed ${result.removed}, ${bytesText(result.bytes)}` : "nothing to remove";
  if (result.verified === undefined) return "";
  return `${countText(result.verified)} objects read, ${countText(damageOf(result))} damaged`;
}

const damageOf = (result) => result.corrupt + result.missing + result.unreadable;

/** One job, with all that it said. */
function jobTab(id) {
  const place = h("div.stack");
  let leave = null;
  const show = (job) => {
    if (job.state === "running") {
      const inner = h("div");
      leave = watch(inner, job, (over) => replace(place, show(over)));
      return inner;
    }
    if (job.kind === "cleanup" && job.state === "done") goInstead(["housekeeping", "cleanup", id]);
    if ((job.kind === "verify" || job.kind === "scrub") && job.result) return [jobCard(job), verdict(job)];
    return [jobCard(job), job.result ? card("Result", null, h("div.card-body", h("pre", JSON.stringify(job.result, null, 2)))) : null];
  };
  loaded(place, () => api(jobPath(id)), show, "Loading the job");
  return { node: place, leave: () => leave?.() };
}

function jobCard(job) {
  return card(job.title, `Job ${job.id}`, h("div.card-body.stack", h("dl.facts",
    h("dt", "State"), h("dd", badge(job.state)), h("dt", "Started"), h("dd", time(job.startedAt), ` by ${job.requestedBy}`),
    job.endedAt ? [h("dt", "Duration"), h("dd", durationText(Date.parse(job.endedAt) - Date.parse(job.startedAt)))] : null,
    job.error ? [h("dt", "Error"), h("dd", job.error.message)] : null), bar(job)));
}

// Verification

function verifyTab() {
  return kindsTab(["verify", "scrub"], "Verify all content", "Loading the last verification", (jobs) => {
    const last = jobs.find((job) => job.result);
    return last ? [verdict(last)] : h("section.card", emptyState("shield", "Not verified yet", "A verification reads all content and compares it with its SHA-256. It changes nothing that is healthy."));
  });
}

/** A page of the jobs of some kinds, with a button that begins the first of them, and how far one is that runs. */
function kindsTab(kinds, action, loading, draw) {
  const place = h("div.stack"), running = h("div");
  let leave = null;
  const reload = loaded(place, async () => (await api("/v1/admin/jobs")).jobs.filter((job) => kinds.includes(job.kind)), (jobs) => {
    const now = jobs.find((job) => job.state === "running");
    if (now && !leave) {
      leave = watch(running, now, () => {
        replace(running);
        leave = null;
        reload();
      });
    }
    return draw(jobs, reload);
  }, loading);
  return { node: h("div.stack", h("div.actions", startButton(action, kinds[0], reload)), running, place), leave: () => leave?.() };
}

function verdict(job) {
  const { result } = job;
  const bad = damageOf(result);
  return [
    bad ? notice("bad", h("strong", `${plural(bad, "object")} damaged.`), " Entries that use them can't be read. Writing the same content again repairs them.")
      : notice("good", h("strong", `No damage: ${plural(result.verified, "object")} verified.`), ` ${bytesText(result.bytes)} read, job ${job.id}, `, age(job.endedAt ?? job.startedAt), "."),
    figures([
      ["Objects read", count(result.verified), bytesText(result.bytes)], ["Corrupt", count(result.corrupt), null, result.corrupt ? "bad" : null], ["Missing", count(result.missing), null, result.missing ? "bad" : null],
      ["Unreadable", count(result.unreadable), null, result.unreadable ? "bad" : null], ["Unreferenced", count(result.orphans), "deleted by the next garbage collection"], ["Unknown files", count(result.foreign), "not Larder's, left alone"],
    ]),
    result.damaged?.length ? card("Damaged", null, table("Damaged objects", [{ title: "Object" }, { title: "Kind" }, { title: "Quarantined" }, { title: "Used by", class: "wide" }], result.damaged.slice(0, 100).map((one) => [
      h("code", { title: one.object }, `${one.object.slice(0, 12)}…`), badge("bad", one.kind), one.quarantined ? "yes" : "no",
      one.entries.map((name) => h("p", name.site === "default" ? h("a", { href: link(["stores", name.store, "entry", name.key]) }, `${name.store}/${name.key}`) : `${name.site}/${name.store}/${name.key}`)),
    ]))) : null,
  ];
}

// Backups

function backupsTab() {
  return kindsTab(["backup", "restore", "discard-before"], "Back up now", "Loading the last backups", (jobs, reload) => {
    const ended = jobs.filter((job) => job.state !== "running" && job.kind === "backup");
    const last = jobs.find((job) => job.state !== "running" && job.kind !== "backup");
    const discard = last?.kind === "restore" && last.state === "done" ? button("Discard the state before", { icon: "trash", class: "small", onclick: () => discardBefore(reload) }) : null;
    if (!ended.length) return h("section.card", emptyState("shield", "No backup yet", "A backup holds all stores as they are at one moment. It goes where the server was told by --backup-to."));
    return [last ? notice(last.state === "done" ? "good" : "bad", h("strong", `${last.title}: ${last.state}.`), ` ${resultText(last)} `, h("a", { href: link(["housekeeping", "jobs", last.id]) }, `Job ${last.id}`), discard) : null, h("section.card", { "aria-label": "Backups" }, table("Backups, newest first", [{ title: "Snapshot", class: "wide" }, { title: "State" }, { title: "Entries", right: true }, { title: "Written", right: true }, { title: "By", class: "narrow-hide" }, { title: "Made", right: true }, { title: "Restore", hidden: true, right: true }], ended.map((job) => {
      const made = job.result?.made;
      return [made?.snapshot ? h("a", { href: link(["housekeeping", "jobs", job.id]) }, h("code", made.snapshot)) : h("span.dim", resultText(job)), badge(job.state),
        made ? count(made.counts.entries) : "", made ? bytes(made.newBytes) : "", job.requestedBy, age(job.startedAt),
        made?.snapshot && !job.request.stores && !job.request.site ? button("Restore", { class: "small", "aria-label": `Restore ${made.snapshot}`, onclick: () => restore(made.snapshot, job.request.to, reload) }) : ""];
    })))];
  });
}

async function restore(snapshot, to, whenBegun) {
  const isMeant = await confirm("Set the server back to this backup?", [
    h("p", h("code", snapshot)),
    h("p", "Everything becomes as it was then: what was written or deleted since is undone, in all stores. Tokens stay, unless the backup holds them."),
    h("p", "While it restores nothing can be written. At the end the server is away for a moment. The present state is kept until the next restore, or until you discard it."),
  ], "Restore it");
  if (!isMeant) return;
  await start("restore", { id: snapshot, replace: true, ...(to ? { to } : {}) }, whenBegun);
}

async function discardBefore(whenBegun) {
  const isMeant = await confirm("Discard the state before the last restore?", [h("p", "There is no way back to it afterwards. The present state stays as it is.")], "Discard it");
  if (isMeant) await start("discard-before", {}, whenBegun);
}

// Audit

/** What an act was done to; a job leads to its page. */
function subject(text) {
  const job = /^job (\d+)$/.exec(text);
  return job ? h("a", { href: link(["housekeeping", "jobs", job[1]]) }, text) : h("code", text);
}

/** What an act's detail says in short; all of it is on hover. */
function detailText(detail) {
  if (!detail || typeof detail !== "object") return String(detail ?? "");
  const { kind, state, request, result } = detail;
  if (kind && result) {
    const amount = !["cleanup", "collect", "remove-store"].includes(kind) ? resultText({ kind, result })
      : `${plural(result.removed, kind === "collect" ? "object" : "entry", kind === "collect" ? "objects" : "entries")}, ${bytesText(result.bytes)}`;
    return `${kind} ${state ?? ""}: ${amount}`;
  }
  if (kind === "cleanup" && request) return `${kind}: ${scopeText(request)}${request.asOfMilliseconds ? ", as previewed" : ""}`;
  if (kind) return kind;
  return Object.entries(detail).filter(([, value]) => value !== null).map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : value}`).join("; ");
}

function auditTab() {
  const place = h("section.card", { "aria-label": "Audit log" });
  const list = pages(place, {
    load: (cursor, signal) => api(`/v1/admin/audit${query({ limit: AUDIT_PAGE, cursor })}`, { signal }),
    names: ["Newer", "Older"],
    show({ records }, { number, foot }) {
      if (!records.length && number === 1) return emptyState("list", "No records yet", "Sign-ins and what administrators do are recorded here.");
      const first = (number - 1) * AUDIT_PAGE;
      return [
        table("Audit log, newest first", [{ title: "Time" }, { title: "Who" }, { title: "Action" }, { title: "Subject" }, { title: "Details", class: "wide narrow-hide" }], records.map((record) => [
          time(record.at), record.who, h("span.tag", record.act), subject(record.subject ?? ""), h("span.dim", { title: record.detail ? JSON.stringify(record.detail, null, 2) : null }, detailText(record.detail)),
        ])),
        foot(records.length ? rangeText(first + 1, first + records.length) : "No more records"),
      ];
    },
  });
  return { node: place, leave: list.end };
}
