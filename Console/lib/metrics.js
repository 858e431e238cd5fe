// Reads the Prometheus text that `/metrics` gives (exposition format 0.0.4), and what happened between two readings of it.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"/g;

/** `{ at, samples: Map<name, [{ labels, value }]> }` */
export function parse(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    if (!line || line.startsWith("#")) continue;
    const match = LINE.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, name, value] of (match[2] ?? "").matchAll(LABEL)) labels[name] = value;
    const list = samples.get(match[1]) ?? [];
    list.push({ labels, value: match[3] === "+Inf" ? Infinity : Number(match[3]) });
    samples.set(match[1], list);
  }
  return { at: performance.now(), samples };
}

const fits = (labels, wanted) => Object.entries(wanted).every(([name, value]) => labels[name] === value);

/** The sum of a metric's samples with these labels; null when there are none. */
export function value(reading, name, wanted = {}) {
  const list = (reading?.samples.get(name) ?? []).filter((sample) => fits(sample.labels, wanted));
  return list.length ? list.reduce((sum, sample) => sum + sample.value, 0) : null;
}

/** A counter's growth in a second between two readings. A restart of the server counts from nothing. */
export function rate(before, after, name, wanted = {}) {
  const seconds = (after.at - before.at) / 1000;
  const now = value(after, name, wanted) ?? 0, then = value(before, name, wanted) ?? 0;
  return seconds > 0 ? Math.max(0, now >= then ? now - then : now) / seconds : 0;
}

/**
 * A quantile of what a histogram saw between two readings, within its bucket by proportion.
 * @returns null when it saw nothing
 */
export function quantile(before, after, name, share, wanted = {}) {
  const grown = new Map();
  for (const [reading, sign] of [[after, 1], [before, -1]]) {
    for (const sample of reading?.samples.get(`${name}_bucket`) ?? []) {
      if (!fits(sample.labels, wanted)) continue;
      const bound = sample.labels.le === "+Inf" ? Infinity : Number(sample.labels.le);
      grown.set(bound, (grown.get(bound) ?? 0) + sign * sample.value);
    }
  }
  const bounds = [...grown.keys()].sort((a, b) => a - b);
  const total = grown.get(Infinity) ?? 0;
  if (!(total > 0)) return null;
  const rank = share * total;
  let below = 0, from = 0;
  for (const bound of bounds) {
    const upTo = grown.get(bound);
    if (upTo >= rank) return bound === Infinity ? from : from + (bound - from) * ((rank - below) / Math.max(upTo - below, 1));
    below = upTo;
    from = bound;
  }
  return from;
}

/** The values a label has among a metric's samples. */
export function labelValues(reading, name, label) {
  return [...new Set((reading?.samples.get(name) ?? []).map((sample) => sample.labels[label]))].filter((one) => one !== undefined);
}
