"""The table: as text for the terminal, as markdown for docs/performance.md; and under which circumstances it was measured."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

MARKS = {
    "sqlite": ("<!-- measured: begin -->", "<!-- measured: end -->"),
    "postgres": ("<!-- measured on PostgreSQL: begin -->", "<!-- measured on PostgreSQL: end -->"),
}
TITLES = {
    "puts": "Durable PUTs", "gets": "GETs", "large": "Large files", "pipeline": "Mixed pipeline", "appends": "Appends", "fanout": "Fan-out",
    "files": "Verify and import", "lists": "Lists", "logs": "Logs of any store", "million": "A million entries", "snapshots": "Snapshots",
    "engine": "With the index on PostgreSQL", "nodes": "Several nodes",
}


def shell(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def file_system(folder):
    """Its kind, and whether it keeps a journal, which every sync pays for."""
    source, _, kind = shell("findmnt", "-n", "-o", "SOURCE,FSTYPE", "-T", str(folder)).partition(" ")
    if kind.strip() == "ext4":
        features = shell("tune2fs", "-l", source)
        if features and "has_journal" not in features:
            return "ext4 without a journal"
    return kind.strip() or "unknown file system"


def circumstances(options, folder):
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    total = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    root = pathlib.Path(__file__).resolve().parents[2]
    commit = shell("git", "-C", str(root), "rev-parse", "--short", "HEAD")
    dirty = shell("git", "-C", str(root), "status", "--porcelain", "--untracked-files=no")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": {
            "cpu": cpu, "cores": os.cpu_count(), "memoryBytes": int(total.group(1)) * 1024, "kernel": platform.release(),
            "fileSystem": file_system(folder), "load": os.getloadavg()[0],
        },
        "commit": commit + (" and changes" if dirty else ""),
        "build": "debug" if "/debug/" in str(pathlib.Path(options.binary).resolve()) else "release",
        "versions": versions(options),
    }


def versions(options):
    """Of everything that took part; empty for what is not there."""
    package = lambda name: shell("dpkg-query", "-W", "-f", "${Version}", name)
    said = {
        "larder": shell(options.binary, "--version"), "nginx": package("nginx"), "nchan": package("libnginx-mod-nchan"), "redis": package("redis-server"),
        "rclone": shell(options.rclone, "version") if options.rclone else "", "restic": package("restic"), "wrk": package("wrk"), "swift": shell("swift", "--version"),
        "postgresql": package("postgresql-15") if options.engine == "postgres" else "",
    }
    found = {name: re.search(r"(\d+:)?\d+(\.\d+)+[\w.+~-]*", words) for name, words in said.items()}
    return {name: match.group(0) if match else "" for name, match in found.items()}


def number(value):
    """Three or four significant digits, thousands marked."""
    if value >= 1_000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3g}"


def size(count):
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1024:.1f} KiB"


def extras(server):
    """What else a contestant's figures say."""
    out = []
    if "p50Ms" in server and "p99Ms" in server:
        out.append(f"p50 {number(server['p50Ms'])}, p99 {number(server['p99Ms'])} ms")
    if "peakBytes" in server:
        out.append(f"peak {size(server['peakBytes'])} (+{size(server['growthBytes'])})")
    if "bytesAFollower" in server:
        out.append(f"{size(server['bytesAFollower'])} a follower")
    return ", ".join(out)


def goal_line(goal):
    if goal["value"] is None:
        return "not measured"
    words = []
    sign = "≤" if goal["atMost"] else "≥"
    for name, flag, limit in (("at least" if not goal["atMost"] else "at most", goal["met"], goal["least"]), ("aim", goal.get("aimMet"), goal["aim"])):
        if limit is not None:
            words.append(f"{name} {sign} {number(limit)}{goal['unit']}: {'met' if flag else 'missed'}")
    return f"{number(goal['value'])}{goal['unit']} ({'; '.join(words)})"


def headline(result):
    machine = result["machine"]
    seconds = sum(result["seconds"].values())
    return (
        f"{result['date'][:10]}, commit {result['commit']}, {result['build']} build; {machine['cores']} × {machine['cpu']}, "
        f"{machine['memoryBytes'] / 2**30:.0f} GiB, Linux {machine['kernel']}, {machine['fileSystem']}; "
        f"{result['rounds']} alternating rounds, {seconds / 60:.0f} minutes; load generator on the same cores"
    )


def text(result):
    lines = [headline(result), ""]
    lines.append(f"{'case':<38} {'who':<14} {'median':>10} {'min':>10} {'max':>10} {'unit':<13} {'larder ×':>8}  more")
    for name, row in result["rows"].items():
        for server, figures in row["servers"].items():
            ratio = f"{row['ratios'][server]:.2f}" if server in row["ratios"] else ""
            lines.append(
                f"{name:<38} {server:<14} {number(figures['median']):>10} {number(figures['min']):>10} {number(figures['max']):>10} {row['unit']:<13}"
                f" {ratio:>8}  {extras(figures)}")
    for micro in result["micro"]:
        count = f"{micro['instructions']:>14,.0f} instructions" if "instructions" in micro else ""
        lines.append(f"micro: {micro['name']:<31} {'larder':<14} {number(micro['nanoseconds']):>10} ns {count}")
    lines += [f"waits: {waits_line(one)}" for one in result.get("waits", [])]
    if result["goals"]:
        lines.append("")
        lines += [f"goal: {goal['goal']}: {goal_line(goal)}" for goal in result["goals"]]
    lines.append("")
    lines.append("seconds: " + ", ".join(f"{name} {seconds:g}" for name, seconds in result["seconds"].items()))
    if result["leftOut"]:
        lines.append("left out: " + ", ".join(result["leftOut"]))
    return "\n".join(lines)


def waits_line(one):
    """What busy backends wait for, and how often of a hundred times that one of them was looked at."""
    said = ", ".join(f"{wait} {share:.0%}" for wait, share in one["waits"])
    return f"{one['who']}: {one['locks']:.0%} wait for a lock on rows, {one['latches']:.0%} for one within the server, of {one['samples']} samples ({said})"


# Markdown ------------------------------------------------------------------------------------------------------------


def cell(figures, ratio):
    spread = f"{number(figures['median'])} <sub>{number(figures['min'])}–{number(figures['max'])}</sub>"
    return spread + (f"<br>**{ratio:.2f}×**" if ratio is not None else "")


def case_table(rows):
    """A line a row, a column a contestant, in the order in which they first come."""
    servers = []
    for row in rows.values():
        servers += [server for server in row["servers"] if server not in servers]
    servers.sort(key=lambda name: (name != "larder", any(name in row["limits"] for row in rows.values())))
    lines = ["| | unit | " + " | ".join(f"*{name}*" if any(name in row["limits"] for row in rows.values()) else name for name in servers) + " |"]
    lines.append("|---" * (len(servers) + 2) + "|")
    for name, row in rows.items():
        cells = [cell(row["servers"][server], row["ratios"].get(server)) if server in row["servers"] else "" for server in servers]
        note = f" ({row['note']})" if row["note"] else ""
        lines.append(f"| {name}{note} | {row['unit']} | " + " | ".join(cells) + " |")
    return lines


def more_table(rows):
    """Latency and memory, where a case has them."""
    lines = []
    for name, row in rows.items():
        said = [f"{server}: {extras(figures)}" for server, figures in row["servers"].items() if extras(figures)]
        if said:
            lines.append(f"- {name} — " + "; ".join(said))
    return lines


CHARTS = {
    "lists": [("list-growth", "How a page's cost grows with the keys")], "puts": [("put-latency", "Latency of durable PUTs")],
    "appends": [("appends", "Appends by writers")], "fanout": [("fan-out", "Deliveries by followers"), ("fan-out-latency", "Latency by followers")],
}


def pictures(charts, written):
    return [f"![{title}](performance/{name}.svg)" for name, title in charts if f"performance/{name}.svg" in written]


def markdown(result, written):
    lines = [
        headline(result) + ".", "",
        "Median, then the range over the rounds; in bold, how many times as fast as that one Larder is (the median of the rounds' ratios; more than 1 is "
        "faster, also where less is better). Columns in italics are limits, no peers.", "",
        "| goal | measured |", "|---|---|",
        *[f"| {goal['goal']} | {goal_line(goal)} |" for goal in result["goals"]],
    ]
    if result.get("waits"):
        lines += ["", "What busy backends of PostgreSQL do under PUTs at 64 connections:", "", *[f"- {waits_line(one)}" for one in result["waits"]]]
    lines += ["", *pictures([("ratios", "Times as fast as peers and limits")], written)]
    for case, title in TITLES.items():
        rows = {name: row for name, row in result["rows"].items() if row["case"] == case}
        if not rows:
            continue
        lines += ["", f"### {title}", "", *case_table(rows)]
        lines += ["", *pictures(CHARTS[case], written)] if case in CHARTS else []
        more = more_table(rows)
        if more:
            lines += ["", "<details><summary>latency and memory</summary>", "", *more, "", "</details>"]
    if result["micro"]:
        lines += ["", "### Micro-benchmarks", "", "| one step of | ns | instructions |", "|---|---|---|"]
        lines += [
            f"| {micro['name']} | {number(micro['nanoseconds'])} | {number(micro['instructions']) if 'instructions' in micro else ''} |"
            for micro in result["micro"]
        ]
    said = [f"{name} {version}" for name, version in result["versions"].items() if version]
    lines += ["", f"Versions: {', '.join(said)}."]
    if result["leftOut"]:
        lines += ["", f"Left out, because not installed: {', '.join(result['leftOut'])}."]
    return "\n".join(lines)


def write(result, folder, written):
    """Puts the table, with the charts that were written, between the marks of performance.md; what stands around them is written by hand and stays."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "performance.md"
    begin, end = MARKS[result.get("engine", "sqlite")]
    old = path.read_text(encoding="utf-8") if path.exists() else f"# Performance\n\n{begin}\n{end}\n"
    if begin not in old or end not in old:
        raise SystemExit(f"error: {path} lacks the marks {begin} and {end}")
    before, rest = old.split(begin, 1)
    after = rest.split(end, 1)[1]
    path.write_text(f"{before}{begin}\n{markdown(result, written)}\n{end}{after}", encoding="utf-8")
    return [path.name]
