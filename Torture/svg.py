"""Line charts as SVG, written by hand: panels below each other that share the x axis."""

from html import escape

PANEL_WIDTH, PANEL_HEIGHT = 760, 96
LEFT, TOP, GAP, BOTTOM = 74, 34, 34, 34
COLOURS = ["#2a6f97", "#d1495b", "#66a182", "#8d6a9f"]


class Panel:
    """One picture: a title with its unit, and series of (x, y) points. `floor` is the smallest upper end of the y axis."""

    def __init__(self, title, series, floor=1.0):
        self.title, self.series, self.floor = title, series, floor


def _nice(value):
    """The next of 1, 2, 2.5, 5 times a power of ten that is not below `value`."""
    power = 1.0
    while power < value:
        power *= 10
    while power / 10 >= value:
        power /= 10
    return next(power * f for f in (0.1, 0.2, 0.25, 0.5, 1.0) if power * f >= value)


def _label(value):
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def chart(title, panels, x_title, x_max):
    """The whole document as text. Points beyond `x_max` are left out."""
    height = TOP + len(panels) * (PANEL_HEIGHT + GAP) + BOTTOM
    width = LEFT + PANEL_WIDTH + 16
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11" fill="#333">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="14">{escape(title)}</text>',
    ]
    for index, panel in enumerate(panels):
        out += _panel(panel, TOP + GAP / 2 + index * (PANEL_HEIGHT + GAP), x_max)
    base = TOP + GAP / 2 + (len(panels) - 1) * (PANEL_HEIGHT + GAP) + PANEL_HEIGHT
    for step in range(7):
        x = LEFT + PANEL_WIDTH * step / 6
        out.append(f'<text x="{x:.0f}" y="{base + 15:.0f}" text-anchor="middle">{_label(x_max * step / 6)}</text>')
    out.append(f'<text x="{LEFT + PANEL_WIDTH / 2}" y="{base + 30:.0f}" text-anchor="middle">{escape(x_title)}</text>')
    return "\n".join(out + ["</svg>", ""])


def _panel(panel, y0, x_max):
    highest = max([panel.floor] + [y for _, points in panel.series for _, y in points])
    top = _nice(highest)
    out = [
        f'<text x="{LEFT}" y="{y0 - 5:.0f}">{escape(panel.title)}</text>',
        f'<rect x="{LEFT}" y="{y0:.0f}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}" fill="none" stroke="#bbb"/>',
    ]
    for part in (0, 0.5, 1):
        y = y0 + PANEL_HEIGHT * (1 - part)
        out.append(f'<text x="{LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{_label(top * part)}</text>')
        out.append(f'<path d="M{LEFT} {y:.1f}h{PANEL_WIDTH}" stroke="#eee"/>')
    legend = LEFT + PANEL_WIDTH
    for number, (name, points) in reversed(list(enumerate(panel.series))):
        colour = COLOURS[number % len(COLOURS)]
        places = " ".join(
            f"{LEFT + PANEL_WIDTH * x / x_max:.1f},{y0 + PANEL_HEIGHT * (1 - min(y, top) / top):.1f}" for x, y in points if 0 <= x <= x_max
        )
        out.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        if len(panel.series) > 1:
            out.append(f'<text x="{legend}" y="{y0 - 5:.0f}" text-anchor="end" fill="{colour}">{escape(name)}</text>')
            legend -= 7 * len(name) + 14
    return out
