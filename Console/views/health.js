import { api, request } from "../lib/api.js";
import { legend, lineChart } from "../lib/charts.js";
import { h, replace } from "../lib/dom.js";
import { bytes, bytesText, count, countText, durationText, percentText, timeText } from "../lib/format.js";
import { labelValues, parse, quantile, rate, value } from "../lib/metrics.js";
import { rewrite } from "../lib/router.js";
import { table as tableOf } from "../lib/tables.js";
import { button, failedState, figures, heading, loadingState, notice, redraw, repeating } from "../lib/ui.js";

const POLL_AFTER = 2000;
/** Four minutes of readings. */
const KEPT = 120;
/** The server has a new point once a minute. */
const HISTORY_AFTER = 60_000;
const SPANS = [["live", "Last 4 minutes"], ["day", "Last 24 hours"]];

/**
 * What `/metrics` says, read every two seconds while the page is open, and drawn here; and what the server itself keeps of the last 24 hours.
 * @param values from the address: `span`
 */
export function healthView(values = {}) {
  const now = h("div.stack", loadingState("Loading the metrics")), charts = h("div.stack"), engines = h("div"), nodes = h("div"), table = h("div");
  const content = h("div.stack", now);
  let span = values.span === "day" ? "day" : "live";
  /** Of each reading what the charts show; kept by the page only. */
  const points = [];
  let before = null, version = null, isOver = false;

  async function look() {
    try {
      const reading = parse(await (await request("/metrics")).text());
      version ??= (await api("/version")).version;
      if (isOver) return;
      // Of the first one only the state is known: rates take two.
      points.push(before ? point(before, reading) : { at: Date.now(), followers: value(reading, "larder_followers"), queue: value(reading, "larder_write_queue_depth") });
      if (points.length > KEPT) points.shift();
      redraw(now, state(reading, points, version));
      if (span === "live") redraw(charts, allCharts(points));
      redraw(engines, engineCard(before, reading));
      if (value(reading, "larder_nodes_up") > 1 || nodes.hasChildNodes()) await lookAtNodes();
      if (isOver) return;
      redraw(table, h("section.card", { "aria-label": "By API" }, h("header", h("h2", "By API"), h("p", "Since the server started")), faceTable(reading)));
      if (!before) replace(content, now, tools, charts, engines, nodes, table);
      before = reading;
    } catch (error) {
      if (!isOver) replace(content, failedState(error, look));
      before = null;
    }
  }

  async function lookAtNodes() {
    try {
      const { nodes: known } = await api("/v1/admin/nodes");
      if (!isOver) redraw(nodes, known.length > 1 ? nodeCard(known) : null);
    } catch {
      // Who is no admin does not see them.
    }
  }

  async function lookBack() {
    if (span !== "day") return;
    try {
      const { points: history } = await api("/v1/health");
      if (isOver || span !== "day") return;
      const known = history.map((one) => ({ ...one, median: one.p50, slow: one.p99, commit: one.commitP99 }));
      redraw(charts, h("p.dim", known.length ? `One point a minute since ${timeText(known[0].at)}, kept in the server’s memory: a restart begins anew.` : ""), allCharts(known));
    } catch (error) {
      if (!isOver && span === "day") replace(charts, h("section.card", failedState(error, lookBack)));
    }
  }

  const chips = h("div.chips", { role: "group", "aria-label": "Time span" }, SPANS.map(([id, text]) => button(text, { "aria-pressed": String(id === span), onclick: () => {
    span = id;
    rewrite(["health"], { span: id === "day" ? id : null });
    for (const [i, chip] of [...chips.children].entries()) chip.setAttribute("aria-pressed", String(SPANS[i][0] === id));
    if (id === "day") return lookBack();
    return redraw(charts, allCharts(points));
  } })));
  const tools = h("div.tools", chips);

  look();
  lookBack();
  const end = repeating(POLL_AFTER, look), endHistory = repeating(HISTORY_AFTER, lookBack);
  return {
    title: "Health",
    node: h("div", heading("Health", "This server's metrics, updated every 2 seconds."), content),
    leave: () => {
      isOver = true;
      end();
      endHistory();
    },
  };
}

function point(before, after) {
  return {
    at: Date.now(),
    requests: rate(before, after, "larder_requests_total"),
    refused: rate(before, after, "larder_requests_total", { status: "4xx" }), failed: rate(before, after, "larder_requests_total", { status: "5xx" }),
    median: quantile(before, after, "larder_request_seconds", 0.5), slow: quantile(before, after, "larder_request_seconds", 0.99),
    commit: quantile(before, after, "larder_commit_seconds", 0.99),
    bytesIn: rate(before, after, "larder_received_body_bytes_total"), bytesOut: rate(before, after, "larder_sent_body_bytes_total"),
    followers: value(after, "larder_followers"), queue: value(after, "larder_write_queue_depth"),
  };
}

const seconds = (number) => (number === null || number === undefined ? "—" : durationText(number * 1000));
const perSecond = (number) => `${number === 0 ? 0 : number >= 100 ? countText(Math.round(number)) : number.toFixed(number >= 10 ? 0 : 1)}/s`;

/** How it is now. */
function state(reading, points, version) {
  const now = points.at(-1);
  const free = value(reading, "larder_disk_free_bytes");
  const hits = value(reading, "larder_cache_hits_total") ?? 0, misses = value(reading, "larder_cache_misses_total") ?? 0;
  const isReadOnly = value(reading, "larder_read_only") === 1, isFull = value(reading, "larder_disk_guard") === 1;
  return [
    isReadOnly ? notice("bad", h("strong", "Read-only until a restart."), " The disk reported an error on a write. See the server's log.")
      : isFull ? notice("bad", h("strong", "Disk almost full: writes are refused."), " They resume when there is free space.")
      : notice("good", h("strong", "Ready."), ` Reads and writes work. Version ${version}.`),
    figures([
      ["Requests", now.requests === undefined ? "—" : perSecond(now.requests), now.failed ? `${perSecond(now.failed)} failing` : "No failures", now.failed ? "bad" : null],
      ["Latency p50", seconds(now.median), "last 2 s"], ["Latency p99", seconds(now.slow), "last 2 s"],
      ["Write queue", count(now.queue ?? 0), "limit 10,000"], ["Event streams", count(now.followers ?? 0), "open now"],
      ["Disk free", bytes(free ?? 0), isFull ? "too low for writes" : "writes stop before it is full", isFull ? "bad" : null],
      ["Cache hits", hits + misses ? percentText(hits / (hits + misses)) : "—", `of ${countText(hits + misses)} lookups`],
      ["Jobs", count(value(reading, "larder_jobs_running") ?? 0), "running"],
    ], "four"),
  ];
}

const allCharts = (points) => h("div.columns",
  chart("Requests per second", points, [["all", 1, "requests"], ["4xx", 3, "refused"], ["5xx", 6, "failed"]], perSecond, 1),
  chart("Latency", points, [["p50", 1, "median"], ["p99", 3, "slow"]], seconds, 0.001),
  chart("Commit time", points, [["p99", 4, "commit"]], seconds, 0.001),
  chart("Traffic", points, [["received", 2, "bytesIn"], ["sent", 1, "bytesOut"]], (number) => `${bytesText(Math.round(number))}/s`, 1000),
  chart("Write queue", points, [["queued writes", 5, "queue"]], countText, 4),
  chart("Event streams", points, [["open", 2, "followers"]], countText, 4));

function chart(title, points, lines, format, minHigh) {
  const last = points.at(-1) ?? {};
  const labels = points.map((one) => new Date(one.at).toLocaleTimeString(undefined, { hourCycle: "h23" }));
  const series = lines.map(([name, color, field]) => ({ name, color, values: points.map((one) => one[field] ?? null) }));
  const text = lines.map(([name, , field]) => `${name} ${last[field] === null || last[field] === undefined ? "unknown" : format(last[field])}`).join(", ");
  return h("section.card", { "aria-label": title }, h("header", h("h2", title), lines.length > 1 ? h("div.actions", legend(lines.map(([name, color]) => [name, color]))) : null),
    h("div.card-body", lineChart({ series, labels, format, minHigh, label: `${title}: now ${text}`, height: 150 })));
}

const ENGINES = { sqlite: "SQLite, on this machine", postgres: "PostgreSQL", disk: "Disk of this machine", s3: "Bucket (S3)" };

/** What the index and large content lie on, and how long its answers take. */
function engineCard(before, reading) {
  const rows = [["Index", "larder_index_up", "larder_index_answer_seconds"], ["Large content", "larder_objects_up", "larder_objects_request_seconds"]].map(([what, up, times]) => {
    const [engine] = labelValues(reading, up, "engine"), isUp = value(reading, up) === 1;
    const time = (share) => seconds(quantile(before, reading, times, share) ?? quantile(null, reading, times, share));
    return [what, ENGINES[engine] ?? engine ?? "—", isUp ? "Ready" : "Can’t be reached", time(0.5), time(0.99)];
  });
  return h("section.card", { "aria-label": "Engines" }, h("header", h("h2", "Engines"), h("p", "What everything is kept on")),
    tableOf("Engines", [{ title: "Keeps", class: "wide" }, { title: "Engine" }, { title: "State" }, { title: "Answers, p50", right: true }, { title: "p99", right: true }], rows));
}

/** The servers that serve one index. */
function nodeCard(nodes) {
  const milliseconds = (number) => (number === null ? "—" : durationText(number));
  return h("section.card", { "aria-label": "Nodes" }, h("header", h("h2", "Nodes"), h("p", "The servers of this index")),
    tableOf("Nodes", [{ title: "Node", class: "wide" }, { title: "State" }, { title: "Address", class: "narrow-hide" }, { title: "Version", class: "narrow-hide" }, { title: "Seen" }, { title: "Jobs" }, { title: "Database", right: true }, { title: "Bucket", right: true }], nodes.map((node) => [
      node.name, node.state === "up" ? "Up" : "Gone", node.address || "—", node.version, timeText(node.seenAt), node.doing.join(", ") || "—", milliseconds(node.databaseMs), milliseconds(node.bucketMs),
    ])));
}

function faceTable(reading) {
  const faces = labelValues(reading, "larder_requests_total", "face").sort();
  return tableOf("Requests by API", [{ title: "API", class: "wide" }, { title: "Requests", right: true }, { title: "4xx", right: true }, { title: "5xx", right: true }, { title: "p50", right: true, class: "narrow-hide" }, { title: "p99", right: true, class: "narrow-hide" }], faces.map((face) => [
    face, count(value(reading, "larder_requests_total", { face }) ?? 0), count(value(reading, "larder_requests_total", { face, status: "4xx" }) ?? 0), count(value(reading, "larder_requests_total", { face, status: "5xx" }) ?? 0),
    seconds(quantile(null, reading, "larder_request_seconds", 0.5, { face })), seconds(quantile(null, reading, "larder_request_seconds", 0.99, { face })),
  ]));
}
