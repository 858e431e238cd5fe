// Numbers and times for people, with the exact value on hover.

import { h } from "./dom.js";

const whole = new Intl.NumberFormat("en");
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Three significant digits, decimal units, as policies count them. */
export function bytesText(count) {
  let unit = 0;
  let value = Math.abs(count);
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  // Round limits are written as they are set: 5 GB, not 5.00 GB.
  const text = Number.isInteger(value) ? String(value) : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  return `${count < 0 ? "−" : ""}${text} ${UNITS[unit]}`;
}

export function countText(count) {
  if (Math.abs(count) < 10_000) return whole.format(count);
  const [value, unit] = Math.abs(count) < 999_500 ? [count / 1e3, "k"] : Math.abs(count) < 999_500_000 ? [count / 1e6, "M"] : [count / 1e9, "G"];
  return `${Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1)} ${unit}`;
}

export const exactText = (count) => whole.format(count);
export const percentText = (share, digits = 0) => `${(share * 100).toFixed(digits)} %`;
export const plural = (count, word, many = `${word}s`) => `${countText(count)} ${count === 1 ? word : many}`;

/** A size; the number of bytes on hover. */
export const bytes = (count) => h("data", { value: count, title: `${whole.format(count)} bytes` }, bytesText(count));

/** A number; all its digits on hover. */
export const count = (number) => h("data", { value: number, title: whole.format(number) }, countText(number));

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const longDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** As people here write it: with the year when it is another one. */
export function timeText(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return String(iso);
  return (date.getFullYear() === new Date().getFullYear() ? shortDate : longDate).format(date);
}

const utcText = (date) => `${date.toISOString().replace("T", " ").replace("Z", "")} UTC`;

/** A local time; UTC on hover. */
export function time(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return document.createTextNode(String(iso ?? "—"));
  return h("time", { datetime: iso, title: utcText(date) }, timeText(iso));
}

/** Hours, minutes and seconds of a local time; UTC on hover. */
export function clockTime(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return document.createTextNode("—");
  return h("time", { datetime: iso, title: utcText(date) }, clock.format(date));
}

/** How long ago, kept up to date by `tickAges`; UTC on hover. */
export function age(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return document.createTextNode("—");
  return h("time", { datetime: iso, title: utcText(date), "data-age": "" }, ageText(date));
}

function ageText(date) {
  const seconds = (Date.now() - date.getTime()) / 1000;
  if (seconds < 0) return `in ${coarseText(-seconds)}`;
  return seconds < 5 ? "just now" : `${coarseText(seconds)} ago`;
}

/** The largest unit only. */
function coarseText(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** Brings every age on the page up to date. */
export function tickAges() {
  for (const element of document.querySelectorAll("time[data-age]")) {
    const text = ageText(new Date(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}

/** The two largest units at most: `1.2 s`, `4 min 10 s`, `3 d`. */
export function durationText(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 0.0995) return `${Math.max(0, milliseconds).toFixed(milliseconds < 10 && milliseconds > 0 ? 1 : 0)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (seconds < 600) {
    const rest = Math.round(seconds) % 60;
    return `${Math.floor(Math.round(seconds) / 60)} min${rest ? ` ${rest} s` : ""}`;
  }
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
  const days = Math.floor(hours / 24);
  return `${days} d${days < 7 && hours % 24 ? ` ${hours % 24} h` : ""}`;
}

/** `90d` as policies write it, in words. */
export function keepWords(text) {
  const match = /^(\d+)([smhd])$/.exec(text ?? "");
  if (!match) return text ?? "";
  const word = { s: "second", m: "minute", h: "hour", d: "day" }[match[2]];
  return `${match[1]} ${word}${match[1] === "1" ? "" : "s"}`;
}
