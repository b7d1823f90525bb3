"""What a report is made of, whatever file it becomes: headings, sentences, tables, lines to write on."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.reports.small_cells import Cell


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Para:
    text: str


@dataclass(frozen=True)
class Table:
    """``rows``: text, a count, or a share of 1 (float). ``widths``: relative, one for each column."""

    header: tuple[str, ...]
    rows: list[tuple[Cell | float, ...]]
    widths: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True)
class Blank:
    """Dotted lines to write on."""

    lines: int


Block = Heading | Para | Table | Blank


def number(cell: Cell | float) -> str:
    """A cell as people read it: 1.890, 34,4%, text as it is."""
    if isinstance(cell, float):
        return f"{100 * cell:.1f}%".replace(".", ",")
    return f"{cell:,}".replace(",", ".") if isinstance(cell, int) else cell


def number_2(share: float) -> str:
    """A share with two decimals where it has them: 93,9%, 18,05%."""
    text = f"{100 * share:.2f}".rstrip("0").rstrip(".")
    return f"{text}%".replace(".", ",")
