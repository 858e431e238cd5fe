// What a run's events say: the stages, the cost. Its state is the server's to tell.

import { isRunStore } from "./policy.js";

const FINISHED = new Set(["completed", "complete", "finished", "done", "success", "succeeded"]);
const FAILED = new Set(["failed", "error"]);
/** Agents that speak of the run as a whole. */
const WHOLE = new Set(["system", "pipeline", "completed", "user"]);

const CANCELLED = new Set(["cancelled", "canceled"]);

/** The colour of a state, in charts; badges have the state as their class. */
export const TONES = { completed: "good", failed: "bad", stalled: "warn", cancelled: "warn", running: "live" };

const moment = (item) => {
  const own = Date.parse(item.event.timestamp ?? "");
  return Number.isNaN(own) ? Date.parse(item.receivedAt) : own;
};

/** Times as the events tell them; where one of them doesn't, as the server received them. */
function moments(items) {
  const isTold = items.every((item) => !Number.isNaN(Date.parse(item.event.timestamp ?? "")));
  return items.map((item) => (isTold ? moment(item) : Date.parse(item.receivedAt)));
}

/** How far a run is, in percent: completed is all of it, and else what an event said last. */
export function percentOf(state, items, known = null) {
  if (state === "completed") return 100;
  const last = items.findLast(({ event }) => typeof event.progress === "number" && Number.isFinite(event.progress));
  return Math.max(0, Math.min(100, last?.event.progress ?? known ?? 0));
}

/**
 * The stages of a run, in the order of their first event.
 * @param items `[{ seq, receivedAt, event }]`
 * @returns `[{ name, start, end, state, tone, told, cost }]`, times in milliseconds; `told` is the last status as it was sent
 */
export function stagesOf(items, runState) {
  const times = moments(items);
  const stages = new Map();
  items.forEach(({ event }, i) => {
    const name = event.agent;
    if (typeof name !== "string" || WHOLE.has(name)) return;
    const stage = stages.get(name) ?? { name, start: times[i], end: times[i], told: "", cost: null };
    stage.end = Math.max(stage.end, times[i]);
    stage.told = String(event.status ?? stage.told);
    stages.set(name, stage);
  });
  const list = [...stages.values()];
  const paid = costs(items);
  list.forEach((stage, i) => {
    stage.cost = paid.byAgent.get(stage.name) ?? null;
    const next = list[i + 1];
    // A stage that began and never said that it ended went on until the next began, or is under way.
    if (!endOf(stage.told)) {
      if (next) stage.end = Math.max(stage.end, next.start);
      else if (runState === "running") stage.end = Math.max(stage.end, times.at(-1));
    }
    // It has ended with the next one's beginning, or as the run has.
    stage.state = endOf(stage.told) ?? (next ? "completed" : runState);
    stage.tone = TONES[stage.state];
  });
  return list;
}

/** How a stage ended, by the status that it told last; null while it goes on. */
function endOf(told) {
  const status = told.toLowerCase();
  return FINISHED.has(status) ? "completed" : FAILED.has(status) ? "failed" : CANCELLED.has(status) ? "cancelled" : null;
}

/**
 * What a run cost, where events say so: `runningCost` counts up, `cost` is the event's own.
 * @param isCut whether older events are gone: a sum of the rest is less than the run has cost
 * @returns `{ total, byAgent, isPartial }`; total is null when no event carries a cost
 */
export function costs(items, isCut = false) {
  let running = null, own = null;
  const byAgent = new Map();
  for (const { event } of items) {
    const sum = Number(event.runningCost ?? event.metadata?.runningCost);
    const part = Number(event.cost ?? event.data?.cost ?? event.metadata?.cost);
    if (Number.isFinite(sum) && event.runningCost !== null) {
      const step = sum - (running ?? 0);
      running = sum;
      if (step > 0) byAgent.set(event.agent, (byAgent.get(event.agent) ?? 0) + step);
    } else if (Number.isFinite(part)) {
      own = (own ?? 0) + part;
      byAgent.set(event.agent, (byAgent.get(event.agent) ?? 0) + part);
    }
  }
  return { total: running ?? own, byAgent, isPartial: isCut && running === null && own !== null };
}

/** What a run cost; «≥» where that is not all of it. */
export const totalText = ({ total, isPartial }) => `${isPartial ? "≥ " : ""}${costText(total)}`;

export const costText = (cost) => (cost === null ? "—" : `$${cost.toFixed(cost < 10 ? 3 : 2)}`);

/** From the first event to the last, by the events' own times where they tell them. */
export function spanOf(items) {
  const times = moments(items);
  return times.length ? Math.max(...times) - Math.min(...times) : 0;
}

/** The stores whose policy keeps logs of runs. */
export const runStores = (stores) => stores.filter(isRunStore).map((store) => store.name);
