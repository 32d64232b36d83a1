"""The few pieces of HTML that the page is made of. Whatever comes from outside is escaped here."""

from __future__ import annotations

import html
from collections.abc import Sequence


def text(value: object) -> str:
    """Return a value escaped, for text and for attributes in double quotes."""
    return html.escape(str(value))


def cell(value: object, kind: str = "", detail: str = "", tag: str = "td") -> str:
    """Return a cell of a table; ``detail`` follows in small print."""
    attribute = f' class="{kind}"' if kind else ""
    small = f" <small>{text(detail)}</small>" if detail else ""
    return f"<{tag}{attribute}>{text(value)}{small}</{tag}>"


def table(headings: Sequence[tuple[str, str]], lines: Sequence[str]) -> str:
    """Return a table that scrolls by itself where the window is narrow.

    Args:
        headings: text and class of each column.
        lines: the cells of each row, markup.
    """
    head = "".join(cell(name, kind, tag="th") for name, kind in headings)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
