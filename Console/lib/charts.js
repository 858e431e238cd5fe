// Charts, drawn element by element. Every one has a text that says the same.

import { h, svg } from "./dom.js";

const round = (value) => Math.round(value * 100) / 100;

/**
 * A chart as wide as its place, drawn again when that changes: its text keeps its size on a phone and on a wide screen.
 * @param draw makes the chart for a width in pixels
 */
export function sized(draw, width = 560) {
  const place = h("div.chart-place", draw(width));
  let drawn = width;
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (!now || now === drawn) return;
    drawn = now;
    place.replaceChildren(draw(now));
  }).observe(place);
  return place;
}

/** A small line of one series, for a table's cell. */
export function sparkline(values, label) {
  const width = 120, height = 28, pad = 2;
  if (values.length < 2) return h("span.dim", { title: label }, "—");
  const low = Math.min(...values), high = Math.max(...values), span = high - low || 1;
  const points = values.map((value, i) => [
    round(pad + (i / (values.length - 1)) * (width - 2 * pad)), round(height - pad - ((value - low) / span) * (height - 2 * pad)),
  ]);
  const line = points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("");
  const [lastX, lastY] = points.at(-1);
  return svg("svg", { class: "chart spark", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    svg("title", null, label),
    svg("path", { class: "area", d: `${line}L${lastX} ${height}L${points[0][0]} ${height}Z` }),
    svg("path", { class: "line c1", d: line }),
    svg("circle", { class: "f1", cx: lastX, cy: lastY, r: 2.25 }));
}

/** Ticks at round numbers from 0 to at least `high`. */
export function ticks(high, count = 4) {
  if (!(high > 0)) return [0, 1];
  const raw = high / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= raw) * power;
  const list = [];
  for (let value = 0; value < high + step * 0.999; value += step) list.push(Number(value.toPrecision(12)));
  return list;
}

/**
 * Lines over time.
 * @param options.series `[{ name, values, color }]`, values may hold null for nothing known
 * @param options.labels one for each place on the x axis
 * @param options.format of a value
 * @param options.label what the chart shows, for who does not see it
 */
export function lineChart(options) {
  return sized((width) => drawLines({ ...options, width }));
}

function drawLines({ series, labels, format, label, width, height = 180, minHigh = 0, isArea = series.length === 1 }) {
  const left = 56, right = 10, top = 10, bottom = 22;
  const count = labels.length;
  const known = series.flatMap((one) => one.values.filter((value) => value !== null && value !== undefined));
  const marks = ticks(Math.max(minHigh, ...known, 0));
  const high = marks.at(-1);
  const x = (i) => round(left + (count < 2 ? 0.5 : i / (count - 1)) * (width - left - right));
  const y = (value) => round(height - bottom - (value / high) * (height - top - bottom));
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const mark of marks) {
    chart.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y(mark), y2: y(mark) }),
      svg("text", { x: left - 8, y: y(mark) + 4, "text-anchor": "end" }, format(mark)));
  }
  const shown = count < 2 ? [0] : [0, Math.floor((count - 1) / 2), count - 1];
  for (const i of new Set(shown)) {
    const anchor = i === 0 && count > 1 ? "start" : i === count - 1 && count > 1 ? "end" : "middle";
    chart.append(svg("text", { x: x(i), y: height - 5, "text-anchor": anchor }, labels[i]));
  }
  for (const one of series) {
    let path = "", start = null, last = null;
    one.values.forEach((value, i) => {
      if (value === null || value === undefined) {
        last = null;
        return;
      }
      path += `${last === null ? "M" : "L"}${x(i)} ${y(value)}`;
      start ??= i;
      last = i;
    });
    if (start === null) continue;
    if (isArea && last !== null) chart.append(svg("path", { class: "area", d: `${path}L${x(last)} ${y(0)}L${x(start)} ${y(0)}Z` }));
    chart.append(svg("path", { class: `line c${one.color}`, d: path }));
    const end = one.values.findLastIndex((value) => value !== null && value !== undefined);
    chart.append(svg("circle", { class: `f${one.color}`, cx: x(end), cy: y(one.values[end]), r: 2.75 }));
  }
  if (!known.length) chart.append(svg("text", { x: (left + width - right) / 2, y: (height - bottom + top) / 2 - 8, "text-anchor": "middle" }, "No data in this period"));
  const step = count > 1 ? (width - left - right) / (count - 1) : width - left - right;
  if (count <= 60) {
    for (let i = 0; i < count; i += 1) {
      const texts = series.map((one) => `${one.name ? `${one.name}: ` : ""}${one.values[i] === null || one.values[i] === undefined ? "—" : format(one.values[i])}`);
      chart.append(svg("rect", { class: "hit", x: round(x(i) - step / 2), y: top, width: round(step), height: height - top - bottom },
        svg("title", null, [labels[i], ...texts].join("\n"))));
    }
  }
  return chart;
}

/**
 * Bars that lie, one below the other, each with a label on the left and a text on the right.
 * @param rows `[{ name, note?, text, parts: [{ value, color, title }], low?, high? }]`; `low` and `high` draw an interval
 */
export function barChart(options) {
  return sized((width) => drawBars({ ...options, width }));
}

function drawBars({ rows, max, label, width, axis = null }) {
  const left = Math.min(200, Math.round(width * 0.34)), right = 72, rowHeight = 34, top = 4, bottom = axis ? 22 : 4;
  const height = top + rows.length * rowHeight + bottom;
  const x = (value) => round(left + (max > 0 ? value / max : 0) * (width - left - right));
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const mark of axis?.marks ?? []) {
    chart.append(svg("line", { class: "grid", x1: x(mark), x2: x(mark), y1: top, y2: height - bottom }),
      svg("text", { x: x(mark), y: height - 5, "text-anchor": "middle" }, axis.format(mark)));
  }
  rows.forEach((row, i) => {
    const y = top + i * rowHeight;
    const group = svg("g", null, svg("title", null, row.title ?? `${row.name}: ${row.text}`));
    group.append(svg("text", { class: "strong", x: left - 12, y: y + (row.note ? 15 : 21), "text-anchor": "end" }, clip(row.name, Math.floor(left / 6.6))));
    if (row.note) group.append(svg("text", { x: left - 12, y: y + 28, "text-anchor": "end" }, clip(row.note, Math.floor(left / 6))));
    group.append(svg("rect", { class: "track", x: left, y: y + 10, width: width - left - right, height: 14, rx: 3 }));
    let from = 0;
    for (const part of row.parts) {
      if (part.value > 0) {
        group.append(svg("rect", { class: `f${part.color}`, x: x(from), y: y + 10, width: Math.max(1.5, round(x(from + part.value) - x(from))), height: 14, rx: 3 },
          part.title ? svg("title", null, part.title) : null));
      }
      from += part.value;
    }
    if (row.low !== undefined) {
      const middle = y + 17;
      group.append(svg("path", { class: "whisker", d: `M${x(row.low)} ${middle - 5}v10M${x(row.low)} ${middle}H${x(row.high)}M${x(row.high)} ${middle - 5}v10`, fill: "none" }));
    }
    group.append(svg("text", { x: width - right + 10, y: y + 21 }, row.text));
    chart.append(group);
  });
  return chart;
}

const clip = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Names beside their colours. */
export function legend(items) {
  return h("div.legend", items.map(([name, color]) =>
    h("span", svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { class: `f${color}`, width: 10, height: 10, rx: 2.5 })), name)));
}

/**
 * What went on when: a bar for each stage on one axis of time.
 * @param stages `[{ name, start, end, tone, text }]` in milliseconds
 */
export function timeline(options) {
  return sized((width) => drawTimeline({ ...options, width }));
}

function drawTimeline({ stages, label, format, width }) {
  const left = Math.min(150, Math.round(width * 0.3)), right = 64, rowHeight = 30, top = 6, bottom = 24;
  const begin = Math.min(...stages.map((stage) => stage.start)), end = Math.max(...stages.map((stage) => stage.end), begin + 1);
  const height = top + stages.length * rowHeight + bottom;
  const marks = ticks(end - begin, width > 600 ? 8 : 4).filter((mark) => mark <= (end - begin) * 1.001);
  const x = (time) => round(left + ((time - begin) / (end - begin)) * (width - left - right));
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  for (const mark of marks) {
    chart.append(svg("line", { class: "grid", x1: x(begin + mark), x2: x(begin + mark), y1: top, y2: height - bottom }),
      svg("text", { x: x(begin + mark), y: height - 6, "text-anchor": "middle" }, format(mark)));
  }
  stages.forEach((stage, i) => {
    const y = top + i * rowHeight;
    const from = x(stage.start), to = Math.max(x(stage.end), from + 4);
    chart.append(svg("g", null, svg("title", null, `${clip(stage.name, 80)}: ${stage.title ?? stage.text}`),
      svg("text", { class: "strong", x: left - 12, y: y + 19, "text-anchor": "end" }, clip(stage.name, Math.floor(left / 6.6))),
      svg("rect", { class: `f-${stage.tone}`, x: from, y: y + 7, width: round(to - from), height: 16, rx: 4 }),
      svg("text", { x: to + 8, y: y + 19 }, stage.text)));
  });
  return chart;
}

/** A run's stages as a row of small blocks. */
export function stageStrip(stages, label) {
  const width = 120, gap = 3, size = (width - gap * (stages.length - 1)) / stages.length;
  return svg("svg", { class: "stages", viewBox: `0 0 ${width} 9`, preserveAspectRatio: "none", role: "img", "aria-label": label }, stages.map((stage, i) =>
    svg("rect", { class: `f-${stage.tone}`, x: round(i * (size + gap)), y: 0, width: round(Math.max(size, 1)), height: 9, rx: 2 }, svg("title", null, `${clip(stage.name, 80)}: ${stage.text}`))));
}
