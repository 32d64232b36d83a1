"""Conforming time stamps to a constant rate that keeps picture and sound together.

* Steps that are equal, but for the rounding of coarse time stamps: that rate, frame by frame.
* Steps that jitter by less than half a frame: the rate that keeps the duration, frame by frame.
* Steps that are multiples of one step (dropped or held frames): that step, frames repeated.
* Steps that stray further, but never so far that lips and voice part: as for jitter.
* Anything else: the usual rate nearest to the median step; each frame of the result shows what a
  player would show at its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

#: Rates that cameras, editors and screens use, most common first.
USUAL_RATES = tuple(
    Fraction(rate)
    for rate in (
        *("30", "25", "24", "30000/1001", "24000/1001", "60", "50", "60000/1001", "48", "15"),
        *("10", "20", "12", "120", "120000/1001", "100", "15000/1001", "5", "8", "6"),
    )
)
#: A clock of at most this step shows whether steps are equal.
FINE_TICK_S = Fraction(1, 5000)
#: No grid is finer than this; shorter frames are left out.
FINEST = Fraction(120)
#: One frame that lasts longer than one of these is a still, given at the usual rate.
SLOWEST = Fraction(5)
STILL_RATE = Fraction(25)
#: How far from its place on the grid a held or dropped frame may lie, in frames.
GRID_TOLERANCE = Fraction(3, 10)
#: Pictures this far from their sound are not noticed as out of step (ITU-R BT.1359-1: 90 ms).
SYNC_TOLERANCE_S = Fraction(80, 1000)


@dataclass(frozen=True)
class Conformed:
    """A constant rate for a file.

    Attributes:
        fps: exact frames per second.
        numbers: for every frame of the result the number of the file's frame; None where they
            are the same.
        variable: the file's own rate is not constant.
        note: what was done, for the user; empty when nothing.
    """

    fps: Fraction
    numbers: tuple[int, ...] | None = None
    variable: bool = False
    note: str = ""


def conform(
    pts: Sequence[int], end: int, tick_s: Fraction, hints: Iterable[Fraction | None] = ()
) -> Conformed:
    """Return the constant rate for frames at ``pts``.

    Args:
        pts: time stamps in ticks, ascending, at least one.
        end: the tick at which the last frame ends.
        tick_s: seconds a tick.
        hints: rates that the container names, most trusted first.
    """
    times = [stamp - pts[0] for stamp in pts]
    length = max(end - pts[0], 1)
    if len(times) == 1:
        return _single(length, tick_s)
    rates = _candidates(times, length, tick_s, hints)
    for rate in rates:
        step = 1 / (rate * tick_s)
        if _deviation(times, step) <= 1:
            held = length - times[-1] > step * Fraction(3, 2)
            return _gridded(times, length, tick_s, rate) if held else Conformed(rate)
    grid = _grid_rate(times, tick_s, rates)
    evened = _evened(times, length, tick_s, rates, may_stray=grid is None)
    return evened or _gridded(times, length, tick_s, grid or _usual_rate(times, tick_s))


def _candidates(
    times: list[int], length: int, tick_s: Fraction, hints: Iterable[Fraction | None]
) -> list[Fraction]:
    """Return the rates to try, best first."""
    steps = [later - earlier for earlier, later in pairwise(times)]
    named = [rate for rate in hints if rate and 1 <= rate <= 1000]
    # A fine clock tells the rate; a coarse one (Matroska's milliseconds) leaves several open.
    told = 1 / (steps[0] * tick_s)
    exact = [told] if min(steps) == max(steps) and tick_s <= FINE_TICK_S else []
    likely = named[0] if named else told
    usual = sorted(USUAL_RATES, key=lambda rate: abs(rate - likely))
    fitted = simplest_rate(len(times), length * tick_s, tick_s)
    found = [*exact, *usual, *named, fitted, 1 / (Fraction(median(steps)) * tick_s)]
    return [rate for rate in found if 0 < rate <= 1000]


def simplest_rate(frames: int, duration_s: Fraction, tolerance_s: Fraction) -> Fraction:
    """Return the rate of small numbers at which ``frames`` last ``duration_s``."""
    exact = frames / duration_s
    near = [rate for rate in USUAL_RATES if abs(frames / rate - duration_s) <= tolerance_s]
    if near:
        return min(near, key=lambda rate: abs(rate - exact))
    for most in (1, 2, 3, 5, 10, 20, 50, 100, 500, 1001, 10000, 100000):
        rate = exact.limit_denominator(most)
        if rate > 0 and abs(frames / rate - duration_s) <= tolerance_s:
            return rate
    return exact


def _deviation(times: list[int], step: Fraction) -> Fraction:
    """Return how far, in ticks, the time stamps stray from steps of exactly ``step`` ticks."""
    over, under = step.numerator, step.denominator
    return Fraction(max(abs(time * under - n * over) for n, time in enumerate(times)), under)


def _single(length: int, tick_s: Fraction) -> Conformed:
    """Return the rate of a file with one frame: a frame, or a still that is held."""
    rate = simplest_rate(1, length * tick_s, tick_s)
    return Conformed(rate) if rate >= SLOWEST else _gridded([0], length, tick_s, STILL_RATE)


def _evened(
    times: list[int], length: int, tick_s: Fraction, rates: list[Fraction], *, may_stray: bool
) -> Conformed | None:
    """Return a rate at which every frame stays near its time stamp.

    Args:
        times: time stamps from the first frame on, in ticks.
        length: duration in ticks.
        tick_s: seconds a tick.
        rates: the rates to try before the one that keeps the duration.
        may_stray: by up to SYNC_TOLERANCE_S; otherwise by half a frame.
    """
    exact = simplest_rate(len(times), length * tick_s, max(2 * tick_s, Fraction(2, 1000)))
    near = [rate for rate in rates if abs(len(times) / rate - length * tick_s) * rate < 1]
    for rate in [*near, exact]:
        stray_s = _deviation(times, 1 / (rate * tick_s)) * tick_s
        if stray_s * rate * 2 < 1 or (may_stray and rate == exact and stray_s <= SYNC_TOLERANCE_S):
            return Conformed(
                rate,
                variable=True,
                note=f"The frame rate varies; every frame was kept and moved by at most "
                f"{float(stray_s * 1000):.0f} ms to a constant {_text(rate)} fps.",
            )
    return None


def _grid_rate(times: list[int], tick_s: Fraction, rates: list[Fraction]) -> Fraction | None:
    """Return the rate whose steps the frames follow, some held for several."""
    shortest = min(later - earlier for earlier, later in pairwise(times))
    for rate in rates:
        step = 1 / (rate * tick_s)
        if rate <= FINEST and shortest < step * Fraction(3, 2) and _on_grid(times, step):
            return rate
    return None


def _gridded(times: list[int], length: int, tick_s: Fraction, rate: Fraction) -> Conformed:
    """Return the frames on a grid of equal steps: repeated where held, left out where crowded."""
    step = 1 / (rate * tick_s)
    count = max(1, round(length / step))
    slots = [round(time / step) for time in times]
    numbers = _shown(slots, count)
    kept = len(set(numbers))
    left_out = len(times) - kept
    note = (
        f"The frame rate varies; conformed to a constant {_text(rate)} fps by time stamps: "
        f"{len(times)} frames became {count}"
        + (f", {left_out} of the shortest were left out." if left_out else ".")
    )
    return Conformed(rate, tuple(numbers), True, note)


def _on_grid(times: list[int], step: Fraction) -> bool:
    """Return whether every time stamp lies near a place of its own on the grid."""
    places = [time / step for time in times]
    slots = [round(place) for place in places]
    return len(set(slots)) == len(slots) and all(
        abs(place - slot) <= GRID_TOLERANCE for place, slot in zip(places, slots, strict=True)
    )


def _usual_rate(times: list[int], tick_s: Fraction) -> Fraction:
    """Return the usual rate nearest to the median step."""
    steps = [later - earlier for earlier, later in pairwise(times)]
    wanted = 1 / (Fraction(median(steps)) * tick_s)
    usual = [rate for rate in USUAL_RATES if 10 <= rate <= 60]
    return min(usual, key=lambda rate: abs(float(rate / wanted) - 1))


def _shown(slots: list[int], count: int) -> list[int]:
    """Return for each place on the grid the frame that began there or last before it."""
    numbers: list[int] = []
    number = 0
    for place in range(count):
        while number + 1 < len(slots) and slots[number + 1] <= place:
            number += 1
        numbers.append(number)
    return numbers


def _text(rate: Fraction) -> str:
    return str(rate.numerator) if rate.denominator == 1 else f"{float(rate):.3f}"
