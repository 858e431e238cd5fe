"""SVG charts of the results, drawn by hand: bars and lines on paper that is dark or light as the reader's screen is."""

import html
import math

WIDTH, LEFT, RIGHT = 760, 210, 90
STYLE = """<style>
text{font:12px system-ui,sans-serif;fill:#333}.h{font-size:14px;font-weight:600}.s{font-size:11px;fill:#666}
.g{stroke:#8884;stroke-width:1}.one{stroke:#c33;stroke-width:1.5;stroke-dasharray:4 3}
.a{fill:#2f7d6d}.b{fill:#c98a2b}.c{fill:#7a6bb0}.d{fill:#4a86c5}.la{stroke:#2f7d6d}.lb{stroke:#c98a2b}.lc{stroke:#7a6bb0}.ld{stroke:#4a86c5}
.l{fill:none;stroke-width:2.2}
@media(prefers-color-scheme:dark){text{fill:#ddd}.s{fill:#aaa}.one{stroke:#f77}}
</style>"""
MARKS = "abcd"


def document(height, parts, title):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(title, True)}">\n{STYLE}\n'
        + "\n".join(parts) + "\n</svg>\n")


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{html.escape(words)}</text>'


def short(value):
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def log_scale(low, high, start, end):
    low, high = math.log10(low), math.log10(high)
    span = max(high - low, 1e-9)
    return lambda value: start + (math.log10(value) - low) / span * (end - start)


def ratios(result):
    """How many times as fast as each peer and limit, in every row that has any."""
    bars = [
        (name, server, ratio, server in row["limits"]) for name, row in result["rows"].items() for server, ratio in row["ratios"].items() if ratio > 0
    ]
    if not bars:
        return None
    low, high = min(0.05, min(b[2] for b in bars)), max(4.0, max(b[2] for b in bars))
    scale = log_scale(low, high, LEFT + 90, WIDTH - RIGHT + 30)
    y, parts, last = 62, [text(8, 20, "Larder beside peers (green) and limits (violet): times as fast", "h"), text(8, 38, "logarithmic; the dashed line is 1", "s")], None
    for name, server, ratio, is_limit in bars:
        if name != last:
            y += 8
            parts.append(text(8, y + 9, name))
            last = name
        one, at = scale(1), scale(ratio)
        parts.append(text(LEFT + 84, y + 9, server, "s", "end"))
        parts.append(f'<rect x="{min(one, at):.1f}" y="{y}" width="{max(abs(at - one), 1):.1f}" height="11" class="{"c" if is_limit else "a"}"/>')
        parts.append(text(max(one, at) + 4, y + 9, f"{ratio:.2f}", "s"))
        y += 15
    parts.append(f'<line x1="{scale(1):.1f}" x2="{scale(1):.1f}" y1="52" y2="{y + 4}" class="one"/>')
    return document(y + 16, parts, "Ratios of Larder to its peers")


def lines(title, subtitle, series, x_label, y_log=True, height=320):
    """`series`: {name: [(x, y), …]} with positive numbers; the first four get a colour of their own."""
    series = {name: points for name, points in series.items() if points}
    points = [p for each in series.values() for p in each if p[0] > 0 and p[1] > 0]
    if not points:
        return None
    left, right, top, bottom = 70, 620, 60, height - 46
    low, high = min(p[1] for p in points), max(p[1] for p in points)
    if y_log:
        low, high = 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high * 1.001))
        at_y = log_scale(low, high, bottom, top)
        marks = [10.0**i for i in range(round(math.log10(low)), round(math.log10(high)) + 1)]
    else:
        high *= 1.15
        at_y = lambda value: bottom - value / high * (bottom - top)
        step = 10 ** math.floor(math.log10(high / 2))
        step *= 2 if high / step > 10 else 1
        marks = [step * i for i in range(int(high / step) + 1)]
    xs = sorted({p[0] for p in points})
    at_x = log_scale(xs[0], max(xs[-1], xs[0] * 10), left + 20, right - 20)
    parts = [text(8, 20, title, "h"), text(8, 38, subtitle, "s")]
    for mark in marks:
        y = at_y(mark) if mark > 0 or not y_log else bottom
        parts += [f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>', text(left - 6, y + 4, short(mark), "s", "end")]
    for x in xs:
        parts.append(text(at_x(x), bottom + 16, f"{x:,.0f}" if x < 1e5 else short(x), "s", "middle"))
    parts.append(text((left + right) / 2, height - 8, x_label, "s", "middle"))
    ends = []
    for mark, (name, each) in zip(MARKS * 3, series.items()):
        each = sorted(p for p in each if p[1] > 0)
        path = " ".join(f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in each)
        parts.append(f'<polyline points="{path}" class="l l{mark}"/>')
        parts += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(y):.1f}" r="3" class="{mark}"/>' for x, y in each]
        ends.append([at_y(each[-1][1]), name, mark])
    ends.sort()
    for i, (y, name, mark) in enumerate(ends):
        if i and y - ends[i - 1][0] < 14:
            ends[i][0] = y = ends[i - 1][0] + 14
        parts += [f'<circle cx="{right + 6}" cy="{y:.1f}" r="4" class="{mark}"/>', text(right + 14, y + 4, name)]
    return document(height, parts, title)


def medians(result, names, server="larder", figure="median"):
    """[(x, y)] of those rows that were measured; `names`: {x: row}."""
    out = []
    for x, name in names.items():
        figures = result["rows"].get(name, {}).get("servers", {}).get(server)
        if figures and figure in figures:
            out.append((x, figures[figure]))
    return out


LIST_SIZES = {10_000: "10⁴", 100_000: "10⁵", 1_000_000: "10⁶"}


def list_growth(result):
    series = {f"{place} page": medians(result, {n: f"List {place} of {label}" for n, label in LIST_SIZES.items()}) for place in ("first", "middle", "last")}
    series["SQLite's scan"] = medians(result, {n: f"List last of {label}" for n, label in LIST_SIZES.items()}, "SQLite's scan")
    return lines("A page of 1,000 keys, by keys in the store", "milliseconds, linear: flat lines are wanted", series, "keys in the store", y_log=False)


def latency(result):
    rows = {1: "PUT 1 KiB c=1", 8: "PUT 1 KiB c=8", 64: "PUT 1 KiB c=64"}
    series = {}
    for server in ("larder", "redis"):
        for figure, name in (("p50Ms", "p50"), ("p99Ms", "p99")):
            series[f"{server} {name}"] = medians(result, rows, server, figure)
    return lines("Latency of a durable 1 KiB PUT", "milliseconds, logarithmic; both answer when the disk has it", series, "connections")


def appends(result):
    series = {}
    for server in ("larder", "redis"):
        for label in ("10", "10,000"):
            rows = {1: f"Append 1 writer, runs of {label}", 32: f"Append 32 writers, runs of {label}"}
            series[f"{server}, {label}"] = medians(result, rows, server)
    return lines("Durable appends a second, by writers and events in a run", "logarithmic", series, "writers")


FOLLOWERS = {1: "Fan-out to 1", 100: "Fan-out to 100", 1_000: "Fan-out to 1,000", 10_000: "Fan-out to 10,000"}


def fan_out(result):
    series = {server: medians(result, FOLLOWERS, server) for server in ("larder", "nchan")}
    return lines("Deliveries a second, by followers", "logarithmic; Larder's events are on the disk first, nchan's stay in memory", series, "followers")


def fan_out_latency(result):
    series = {}
    for server in ("larder", "nchan"):
        for figure, name in (("p50Ms", "p50"), ("p99Ms", "p99")):
            series[f"{server} {name}"] = medians(result, FOLLOWERS, server, figure)
    return lines("From publish to delivery, publishing as fast as it goes", "milliseconds, logarithmic", series, "followers")


CHARTS = {
    "ratios": ratios, "list-growth": list_growth, "put-latency": latency, "appends": appends, "fan-out": fan_out, "fan-out-latency": fan_out_latency,
}


def write(result, folder):
    """Writes the charts that the result has figures for; gives their names below `folder`."""
    (folder / "performance").mkdir(parents=True, exist_ok=True)
    written = []
    for name, draw in CHARTS.items():
        drawn = draw(result)
        if drawn:
            (folder / "performance" / f"{name}.svg").write_text(drawn, encoding="utf-8")
            written.append(f"performance/{name}.svg")
    return written
