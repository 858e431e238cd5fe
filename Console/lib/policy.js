// Policies in words.

import { bytesText, exactText, keepWords } from "./format.js";

/** Whether a store keeps logs of runs: logs whose events say how a run stands. */
export const isRunStore = (store) => store.policy.rules.some((rule) => rule.log && rule.states !== "none");

/** One sentence a rule: `everything up to 10 MB, kept 90 days`. */
export function rulesInWords(policy) {
  return policy.rules.map((rule) => {
    const what = rule.keys === "**" ? "Everything" : `Keys matching ${rule.keys}`;
    const keep = rule.keep ? `kept ${keepWords(rule.keep)}${rule.log ? " after the last event" : ""}` : "kept forever";
    const size = rule.log ? `${logInWords(rule)}, up to ${bytesText(rule.maxSize)} per event` : `up to ${bytesText(rule.maxSize)}`;
    const ttl = rule.ttl ? `, gone ${keepWords(rule.ttl)} after the last ${rule.slide === "read" ? "read or write" : "write"}` : "";
    return `${what}: ${size}, ${keep}${ttl}${versionsInWords(rule)}`;
  });
}

/** `, and its last 10 versions`; empty where none are kept. */
function versionsInWords(rule) {
  if (!rule.versions) return "";
  return typeof rule.versions === "number" ? `, and its last ${exactText(rule.versions)} versions` : `, versions for ${keepWords(rule.versions)}`;
}

function logInWords(rule) {
  const events = typeof rule.maxEvents === "number" ? `logs of the newest ${exactText(rule.maxEvents)} events` : "logs of all events";
  return rule.maxBytes ? `${events} and ${bytesText(rule.maxBytes)}` : events;
}

/** The shortest that says what matters most of a policy. */
export function policyInShort(policy) {
  const keeps = [...new Set(policy.rules.map((rule) => (rule.keep ? keepWords(rule.keep) : "forever")))];
  const sizes = policy.rules.filter((rule) => !rule.log).map((rule) => rule.maxSize);
  const parts = [keeps.length === 1 ? `kept ${keeps[0]}` : `kept ${keeps.join(" or ")}`];
  if (sizes.length) parts.push(`up to ${bytesText(Math.max(...sizes))}`);
  if (policy.rules.some((rule) => rule.log)) parts.push("logs");
  if (policy.public) parts.push("public");
  return parts.join(" · ");
}

export function compressionInWords(policy) {
  return { auto: "automatic (if it saves 10 %)", always: "always", never: "never" }[policy.compress] ?? policy.compress;
}
