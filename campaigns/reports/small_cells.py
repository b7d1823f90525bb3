"""Small cells: numbers that would tell of one person's health are not printed.

In a sensitive line a count of 1 to 4 becomes "<5". So that nobody can work it out by subtraction, the complement is
left out too, and where one line of a group is hidden, so is the next smallest line of that group.
"""

from __future__ import annotations

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


def protect(lines: list[Line]) -> list[Line]:
    """The lines with small cells of sensitive ones hidden, and what would give them away."""
    hidden = [_cells(line) for line in lines]
    for name in COLUMNS:
        for group in {line.group for line in lines}:
            members = [i for i, line in enumerate(lines) if line.group == group and getattr(line, name) != 0]
            covered = [i for i in members if name in hidden[i]]
            shown = [i for i in members if name not in hidden[i]]
            if len(covered) == 1 and shown:
                smallest = min(shown, key=lambda i: int(getattr(lines[i], name)))
                hidden[smallest][name] = HIDDEN
    return [replace(line, **cells) for line, cells in zip(lines, hidden, strict=True)]  # type: ignore[arg-type]


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
