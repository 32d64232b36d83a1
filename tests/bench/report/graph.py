"""Graphs of a figure over the frames, as SVG that stands in the page."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from ..table import OURS
from .wording import figure

_WIDTH, _HEIGHT = 480, 180
_LEFT, _RIGHT, _TOP = 46, 10, 30
_LINE_PX, _CHAR_PX = 18, 6.8
#: Colours of Okabe and Ito that show on white and on black; dashes tell them apart without colour.
_OURS = ("#d55e00", "")
_RIVALS = (
    ("#0083cc", "6 3"),
    ("#009e73", "2 3"),
    ("#cc79a7", "9 3 2 3"),
    ("#808890", ""),
    ("#b8860b", "4 2 1 2"),
)


def line_graph(
    title: str, curves: Mapping[str, Sequence[float]], unit: str, everybody: Sequence[str] = ()
) -> str:
    """Return an SVG element with a line for each curve, ours on top.

    Args:
        title: stands above the graph.
        curves: who -> a figure for each frame. Figures that are not finite leave a gap.
        unit: of the figures; may be empty.
        everybody: who gets a colour, in the order of the colours, so that several graphs agree;
            those of this graph by default.

    Axes and text take the colour of the page's text, so it is read on dark and on light.
    """
    known = [v for values in curves.values() for v in values if math.isfinite(v)]
    ticks = _ticks(known)
    ends = ticks[0], ticks[-1]
    last = max(1, *(len(values) - 1 for values in curves.values())) if curves else 1
    looks = {who: look for who, look in _looks([*everybody, *curves]).items() if who in curves}
    legend, rows = _legend(looks)
    height = _TOP + _HEIGHT + 2 * _LINE_PX + rows * _LINE_PX
    head = f"{title} [{unit}]" if unit else title
    drawn = [
        *_frame_axis(last),
        *_figure_axis(ticks),
        *(
            line
            for who in sorted(curves, key=lambda who: who == OURS)
            for line in _curve(who, curves[who], looks[who], ends, last)
        ),
        *legend,
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{html.escape(head)}" font-family="sans-serif" font-size="12" '
        f'fill="currentColor">{_text(_LEFT, 14, head, size=14)}{"".join(drawn)}</svg>'
    )


def _looks(names: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Return who -> colour, dashes and width of the line, us first."""
    rivals = [who for who in dict.fromkeys(names) if who != OURS]
    looks = {OURS: (*_OURS, "2.2")}
    for at, who in enumerate(rivals):
        # Where colours come round again, dashes are others.
        again, place = divmod(at, len(_RIVALS))
        dashes = _RIVALS[(place + again) % len(_RIVALS)][1]
        looks[who] = (_RIVALS[place][0], dashes, "1.5")
    return looks


def _ticks(values: Sequence[float]) -> list[float]:
    """Return two or more ticks that enclose the values; from zero unless all is far from it."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low > 0 and low < 0.6 * high:
        low = 0.0
    size = max(abs(low), abs(high))
    if high - low <= 1e-6 * size:
        # A level line lies in the middle.
        low, high = low - 0.5 * (size or 1.0), high + 0.5 * (size or 1.0)
    step = _step(high - low, 4)
    # Multiples of whole numbers: a sum of steps would miss zero by a little.
    return [at * step for at in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _step(span: float, count: int) -> float:
    """Return the 1, 2 or 5 times a power of ten that divides a span into about ``count``."""
    power = 10.0 ** math.floor(math.log10(span / count))
    return next(power * one for one in (1.0, 2.0, 5.0, 10.0) if power * one * count >= span * 0.999)


def _x(frame: float, last: int) -> float:
    return _LEFT + frame / last * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, ends: tuple[float, float]) -> float:
    return _TOP + (ends[1] - value) / (ends[1] - ends[0]) * _HEIGHT


def _frame_axis(last: int) -> Iterator[str]:
    bottom = _TOP + _HEIGHT
    yield _line(_LEFT, bottom, _WIDTH - _RIGHT, bottom, 0.8)
    step = max(1, round(_step(last, 6)))
    for frame in range(0, last + 1, step):
        x = _x(frame, last)
        yield _line(x, bottom, x, bottom + 4, 0.8)
        yield _text(x, bottom + 15, str(frame), "middle")
    yield _text(_WIDTH - _RIGHT, bottom + 2 * _LINE_PX - 3, "frame", "end")


def _figure_axis(ticks: Sequence[float]) -> Iterator[str]:
    yield _line(_LEFT, _TOP, _LEFT, _TOP + _HEIGHT, 0.8)
    for value in ticks:
        y = _y(value, (ticks[0], ticks[-1]))
        yield _line(_LEFT, y, _WIDTH - _RIGHT, y, 0.15)
        yield _text(_LEFT - 5, y + 4, f"{value:g}", "end")


def _curve(
    who: str,
    values: Sequence[float],
    look: tuple[str, str, str],
    ends: tuple[float, float],
    last: int,
) -> Iterator[str]:
    """Yield a polyline for each stretch without a gap: one, where all is finite."""
    colour, dashes, width = look
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return
    mean = figure(sum(finite) / len(finite))
    told = html.escape(f"{who}: mean {mean}, {figure(min(finite))} to {figure(max(finite))}")
    for known, stretch in groupby(enumerate(values), lambda pair: math.isfinite(pair[1])):
        if not known:
            continue
        points = [f"{_x(frame, last):.1f},{_y(value, ends):.1f}" for frame, value in stretch]
        # A frame alone is a line of no length, which round caps make a dot.
        points = points * 2 if len(points) == 1 else points
        yield (
            f'<polyline fill="none" stroke="{colour}" stroke-width="{width}" '
            f'stroke-dasharray="{dashes or "none"}" stroke-linecap="round" '
            f'stroke-linejoin="round" points="{" ".join(points)}"><title>{told}</title></polyline>'
        )


def _legend(looks: Mapping[str, tuple[str, str, str]]) -> tuple[list[str], int]:
    """Return the legend's elements and how many lines they take."""
    drawn, x, row = [], float(_LEFT), 0
    for who, (colour, dashes, width) in looks.items():
        wide = 40 + _CHAR_PX * len(who)
        if x + wide > _WIDTH and x > _LEFT:
            x, row = float(_LEFT), row + 1
        y = _TOP + _HEIGHT + 2 * _LINE_PX + 10 + row * _LINE_PX
        drawn.append(
            f'<line x1="{x:.1f}" y1="{y - 4}" x2="{x + 22:.1f}" y2="{y - 4}" stroke="{colour}" '
            f'stroke-width="{width}" stroke-dasharray="{dashes or "none"}"/>'
        )
        drawn.append(_text(x + 27, y, who))
        x += wide
    return drawn, row + 1


def _line(x1: float, y1: float, x2: float, y2: float, opacity: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="currentColor" stroke-opacity="{opacity}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{html.escape(text)}</text>"
    )
