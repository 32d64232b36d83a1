"""Frame rates written by people, as the exact fractions they mean."""

from __future__ import annotations

from fractions import Fraction

from ..errors import InputError

#: Rates of film and broadcast that are written rounded.
_NTSC = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120))


def exact_rate(text: str) -> Fraction:
    """Return the exact rate that ``text`` means: ``25``, ``30000/1001``, ``23.976`` or ``29.97``.

    Raises:
        InputError: if it is not a rate between 1/100 and 1000 frames per second.
    """
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not Fraction(1, 100) <= rate <= 1000:
        raise InputError(
            f"fps must be a number of frames per second such as 25, 23.976 or 30000/1001, "
            f"got {text!r}. Write one of these forms."
        )
    digits = len(text.strip().partition(".")[2])
    if 2 <= digits <= 3:
        for exact in _NTSC:
            if abs(exact - rate) <= Fraction(1, 2 * 10**digits):
                return exact
    return rate
