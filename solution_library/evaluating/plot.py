"""A bar chart with intervals as SVG, readable on light and dark pages."""

from collections.abc import Mapping, Sequence
from html import escape

from solution_library.evaluating.confidence import Estimate

WIDTH, HEIGHT = 760, 340
LEFT, TOP, BOTTOM = 46, 54, 40
PLOT = HEIGHT - TOP - BOTTOM
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px } .grid { stroke: #8c959f; stroke-opacity: .35 }
.whisker { stroke: #24292f; stroke-width: 1.5 }
.m0 { fill: #bf8700 } .m1 { fill: #0969da } .m2 { fill: #1a7f37 } .m3 { fill: #8250df }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .whisker { stroke: #e6edf3 }
  .m0 { fill: #d29922 } .m1 { fill: #4493f8 } .m2 { fill: #3fb950 } .m3 { fill: #ab7df8 }
}
"""


def bars(title: str, names: Sequence[str], by_mode: Mapping[str, Mapping[str, Estimate]]) -> str:
    """A group of bars for each name, a bar for each mode, a whisker for each interval."""
    step = (WIDTH - LEFT - 10) / len(names)
    groups = [
        _group(name, LEFT + n * step, step, [by_mode[mode][name] for mode in by_mode])
        for n, name in enumerate(names)
    ]
    said = "; ".join(
        f"{mode}: " + ", ".join(f"{name} {by_mode[mode][name].value:.3f}" for name in names)
        for mode in by_mode
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            f"<title>{escape(title)}</title><desc>{escape(said)}</desc><style>{STYLE}</style>",
            f'<text x="{LEFT}" y="20">{escape(title)}</text>',
            _legend(list(by_mode)),
            *_grid(),
            *groups,
            "</svg>\n",
        ]
    )


def _legend(modes: Sequence[str]) -> str:
    return "".join(
        f'<rect class="m{n}" x="{LEFT + n * 110}" y="30" width="11" height="11" rx="2"/>'
        f'<text class="small" x="{LEFT + 16 + n * 110}" y="40">{escape(mode)}</text>'
        for n, mode in enumerate(modes)
    )


def _grid() -> list[str]:
    return [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - 10}" y1="{_y(v)}" y2="{_y(v)}"/>'
        f'<text class="small" text-anchor="end" x="{LEFT - 6}" y="{_y(v) + 4}">{v:.1f}</text>'
        for v in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]


def _group(name: str, x: float, step: float, found: Sequence[Estimate]) -> str:
    width = step * 0.8 / len(found)
    drawn = [_bar(n, x + step * 0.1 + n * width, width, each) for n, each in enumerate(found)]
    middle = x + step / 2
    label = f'<text text-anchor="middle" x="{middle:.1f}" y="{HEIGHT - 16}">{escape(name)}</text>'
    return "".join([*drawn, label])


def _bar(mode: int, x: float, width: float, found: Estimate) -> str:
    top, middle = _y(found.value), x + width / 2
    bar = (
        f'<rect class="m{mode}" x="{x + 1:.1f}" y="{top}" width="{width - 2:.1f}" '
        f'height="{round(HEIGHT - BOTTOM - top, 1)}" rx="2"/>'
    )
    return bar + (
        f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" y1="{_y(found.high)}" '
        f'y2="{_y(found.low)}"/>'
    )


def _y(value: float) -> float:
    return round(TOP + PLOT * (1 - min(1.0, max(0.0, value))), 1)
