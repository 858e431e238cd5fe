"""A flame graph from `perf script`: folds equal stacks, shortens Swift's names and draws an SVG that reads in light and in dark.

    perf record -F 1999 -g -p PID -o perf.data -- sleep 10
    perf script -i perf.data -F comm,ip,sym | python3 flame.py --title "PUT 1 KiB" --out put.svg [--top 30]

The width of a box is its share of the processor time sampled; its children lie above it. A frame's name and share show on hover.
"""

import argparse
import collections
import html
import re
import shutil
import subprocess
import sys

WIDTH = 1200
ROW = 15
FONT = 10
CHARACTER = 5.6
# Boxes narrower than this many pixels are left out: nobody can see them, and the file stays small. Where it is too large all the same, more are.
NARROWEST = 1.6
BYTES_MAX = 150_000
NAME_MAX = 110
UNKNOWN = re.compile(r"^(0x)?[0-9a-f]{6,16}$|^\[unknown\]$|^$")


def read_stacks(lines):
    """Counts of stacks, each a tuple from the thread's name to the innermost function."""
    stacks = collections.Counter()
    thread, frames = None, []
    for line in [*lines, "\n"]:
        line = line.rstrip("\n")
        if not line.strip():
            if thread is not None:
                stacks[(thread, *reversed(frames))] += 1
            thread, frames = None, []
        elif not line[0].isspace():
            thread = thread_name(line.strip())
        else:
            parts = line.strip().split(" ", 1)
            name = parts[1].strip() if len(parts) > 1 else ""
            # Code without symbols breaks frame-pointer chains into addresses that mean nothing.
            if not UNKNOWN.match(name):
                frames.append(name)
    return stacks


def thread_name(comm):
    if comm.startswith("NIO-SGLTN") or comm.startswith("NIO-ELT"):
        return "event loops"
    if "default-qos" in comm:
        return "writer and pools"
    return comm


def demangle(names):
    """What `swift demangle` calls them; as they are where there is no Swift."""
    names = sorted(names)
    mangled = [name for name in names if name.startswith("$s")]
    if not mangled or not shutil.which("swift"):
        return {name: name for name in names}
    out = subprocess.run(
        ["swift", "demangle", "--compact", "--simplified"], input="\n".join(mangled) + "\n", capture_output=True, text=True, check=True)
    readable = dict(zip(mangled, out.stdout.splitlines()))
    return {name: shorten(readable.get(name, name)) for name in names}


def shorten(name):
    """Without the compiler's remarks, modules of the standard library, and argument types."""
    previous = None
    remarks = (
        r"(partial apply forwarder|reabstraction thunk helper.*? from|merged|protocol witness|dispatch thunk|outlined \w+) (for|of|) ?"
        r"|(generic|function signature) specialization <.*?> of |merged |specialized |partial apply for |thunk for "
    )
    while previous != name:
        previous = name
        name = re.sub(remarks, "", name)
    name = re.sub(r"\bin conformance .*$", "", name)
    name = re.sub(r" in _[0-9A-F]{32}", "", name)
    name = re.sub(r"\(([\w .]+?) in [\w]+\)", r"\1", name)
    name = re.sub(r"closure #(\d+) .*? in ", r"closure \1 in ", name)
    name = re.sub(r"\((?:[^()]|\([^()]*\))*\)( async)?( throws(\([^)]*\))?)?( -> .*)?$", "()", name)
    return name if len(name) <= NAME_MAX else name[: NAME_MAX - 1] + "…"


def readable_stacks(stacks):
    names = demangle({frame for stack in stacks for frame in stack[1:]})
    out = collections.Counter()
    for stack, count in stacks.items():
        frames = [stack[0]]
        for frame in stack[1:]:
            name = names[frame]
            # Thunks and the functions that they call have the same name by now.
            if frames[-1] != name:
                frames.append(name)
        out[tuple(frames)] += count
    return out


class Node:
    def __init__(self):
        self.count, self.children = 0, {}


def tree(stacks):
    root = Node()
    for stack, count in stacks.items():
        node = root
        node.count += count
        for frame in stack:
            node = node.children.setdefault(frame, Node())
            node.count += count
    return root


def colour(name):
    """Kernel, SQLite, runtime and the rest differ in hue; neighbours a little in lightness."""
    light = 62 + sum(map(ord, name)) % 14
    if re.match(r"sqlite3|walF|wal[A-Z]|pager|pcache|vdbe|btree", name):
        return f"hsl(205,55%,{light}%)"
    if re.match(r"swift_|_swift_|swift::|malloc|_int_|cfree|free|__mem|unlink_chunk|realloc|calloc", name):
        return f"hsl(95,35%,{light}%)"
    if re.match(r"(__)?[a-z0-9_]+(\.[a-z0-9.]+)?$", name) and not name.startswith("main"):
        return f"hsl(275,28%,{light}%)"
    return f"hsl(28,75%,{light}%)"


def draw(root, title):
    """The SVG, of at most BYTES_MAX."""
    narrowest = NARROWEST
    while len((svg := draw_boxes(root, title, narrowest)).encode()) > BYTES_MAX:
        narrowest *= 1.3
    return svg


def draw_boxes(root, title, narrowest):
    scale = WIDTH / max(1, root.count)
    boxes, depth = [], 0

    def walk(node, x, level):
        nonlocal depth
        depth = max(depth, level)
        for name, child in sorted(node.children.items()):
            width = child.count * scale
            if width >= narrowest:
                boxes.append((x, level, width, name, child.count))
                walk(child, x, level + 1)
            x += width

    walk(root, 0, 0)
    height = (depth + 1) * ROW + 34
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="ui-monospace,monospace" font-size="{FONT}">',
        "<style>.t{fill:#222;font-size:13px}@media(prefers-color-scheme:dark){.t{fill:#ddd}}text{pointer-events:none}</style>",
        f'<text class="t" x="4" y="16">{html.escape(title)} · {root.count} samples · orange Swift, blue SQLite, green runtime and memory, violet kernel and C</text>',
    ]
    for x, level, width, name, count in boxes:
        y = height - (level + 1) * ROW - 6
        share = f"{100 * count / root.count:.1f} %"
        out.append(f'<g><title>{html.escape(name)} {share}</title><rect x="{x:.1f}" y="{y}" width="{max(width - 0.4, 0.4):.1f}" height="{ROW - 1}" fill="{colour(name)}"/>')
        room = int((width - 4) / CHARACTER)
        if room >= 4:
            label = name if len(name) <= room else name[: room - 1] + "…"
            out.append(f'<text x="{x + 2:.1f}" y="{y + 11}" fill="#111">{html.escape(label)}</text>')
        out.append("</g>")
    out.append("</svg>")
    return "\n".join(out) + "\n"


def shares(stacks):
    """Per thread: its share of all samples, and for each function its own and its inclusive share of all."""
    total = sum(stacks.values())
    threads = {}
    for stack, count in stacks.items():
        thread = threads.setdefault(stack[0], {"share": 0.0, "self": collections.Counter(), "inclusive": collections.Counter()})
        thread["share"] += count / total
        thread["self"][stack[-1]] += count / total
        for name in set(stack[1:]):
            thread["inclusive"][name] += count / total
    return threads


def print_top(stacks, top, out):
    for thread, figures in sorted(shares(stacks).items(), key=lambda item: -item[1]["share"]):
        if figures["share"] < 0.01:
            continue
        print(f"{thread}: {100 * figures['share']:.1f} %", file=out)
        for kind in ("self", "inclusive"):
            print(f"  {kind}", file=out)
            for name, share in figures[kind].most_common(top):
                print(f"    {100 * share:5.1f} %  {name}", file=out)


def main():
    parser = argparse.ArgumentParser(description="Draws a flame graph from the text of perf script.")
    parser.add_argument("--title", required=True)
    parser.add_argument("--out", required=True, metavar="FILE")
    parser.add_argument("--top", type=int, default=0, help="also print so many functions a thread")
    options = parser.parse_args()
    stacks = readable_stacks(read_stacks(sys.stdin))
    if not stacks:
        sys.exit("error: perf script gave no samples")
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(draw(tree(stacks), options.title))
    if options.top:
        print_top(stacks, options.top, sys.stdout)


if __name__ == "__main__":
    main()
