// Policies in words.

import { bytesText, exactText, keepWords } from "./format.js";

/** Which of the policies' kinds a store is: the name of its policy. */
export const isLogStore = (store) => store.policy.rules.some((rule) => rule.log);

/** One sentence a rule: `everything up to 10 MB, kept 90 days`. */
export function rulesInWords(policy) {
  return policy.rules.map((rule) => {
    const what = rule.keys === "**" ? "Everything" : `Keys matching ${rule.keys}`;
    const keep = rule.keep ? `kept ${keepWords(rule.keep)}${rule.log ? " after the last event" : ""}` : "kept forever";
    const size = rule.log ? `logs of the newest ${exactText(rule.maxEvents)} events, up to ${bytesText(rule.maxSize)} per event` : `up to ${bytesText(rule.maxSize)}`;
    return `${what}: ${size}, ${keep}`;
  });
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
