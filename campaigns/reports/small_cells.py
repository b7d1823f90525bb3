"""Small cells: numbers that would tell of one person's health are not printed.

In a sensitive line a count of 1 to 4 becomes "<5". So that nobody can work it out by subtraction, the complement is
left out too, and where a line of a group is hidden, so are the next smallest of that group: as many as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

SMALLEST_SHOWN = 5  # people; the usual threshold of official statistics
SMALL, HIDDEN = f"<{SMALLEST_SHOWN}", "ẩn"
COLUMNS = ("people", "paid", "asxh", "can_have")

Cell = int | str  # a count, or why it is not shown


@dataclass(frozen=True)
class Line:
    """One line of a breakdown. ``paid``: through an account; ``can_have``: could have an ASXH account.

    ``group``: lines that add up, so that one could be subtracted from the rest; ``code``: of whom the line tells.
    """

    label: str
    group: str
    people: Cell
    paid: Cell
    asxh: Cell
    can_have: Cell
    sensitive: bool = False
    code: str = ""


def protect(lines: list[Line], totals: Sequence[Line] = ()) -> list[Line]:
    """The lines with small cells of sensitive ones hidden, and what would give them away.

    ``totals``: the lines of what the groups add up to (``code``: the group), as they are shown; a total that is hidden
    must not come out by adding up. A group without one adds up to what everybody knows.
    """
    hidden = [_cells(line) for line in lines]
    closed = {(line.code, name) for line in totals for name in COLUMNS if isinstance(getattr(line, name), str)}
    for name in COLUMNS:
        for group in dict.fromkeys(line.group for line in lines):
            members = [i for i, line in enumerate(lines) if line.group == group and getattr(line, name) != 0]
            while True:
                covered = [i for i in members if name in hidden[i]]
                shown = [i for i in members if name not in hidden[i]]
                told = bool(covered) and _pinned([lines[i] for i in covered], name)
                leaks = not covered if (group, name) in closed else told
                if not leaks or not shown:
                    break
                counts = {i: int(getattr(lines[i], name)) for i in shown}
                next_one = min(shown, key=lambda i: (counts[i] == 1, counts[i]))  # a 1 would hide nothing
                hidden[next_one][name] = HIDDEN
    return [replace(line, **cells) for line, cells in zip(lines, hidden, strict=True)]  # type: ignore[arg-type]


def _pinned(covered: list[Line], name: str) -> bool:
    """Whether the sum of these cells, which subtraction gives, tells what is in a sensitive one of them."""
    counts = [getattr(line, name) for line in covered]
    if len(covered) == 1:
        return True
    if any(isinstance(count, str) for count in counts):
        return False  # the sum is not known either
    most = [SMALLEST_SHOWN - 1 if line.sensitive and count < SMALLEST_SHOWN else sum(counts)
            for line, count in zip(covered, counts, strict=True)]  # fmt: skip
    for at, line in enumerate(covered):  # a cell that is hidden is at least 1: a 0 is shown
        least = max(1, sum(counts) - sum(most) + most[at])
        if line.sensitive and least == min(most[at], sum(counts) - len(counts) + 1):
            return True
    return False


def _cells(line: Line) -> dict[str, str]:
    """The cells of one line that must not be shown, by column."""
    if not line.sensitive:
        return {}
    hidden: dict[str, str] = {}
    for name in COLUMNS:
        count, whole = getattr(line, name), line.can_have if name == "asxh" else line.people
        if isinstance(count, str):
            hidden[name] = count  # hidden already
        elif 0 < count < SMALLEST_SHOWN:
            hidden[name] = SMALL
        elif isinstance(whole, int) and 0 < whole - count < SMALLEST_SHOWN:
            hidden[name] = HIDDEN
    return hidden
