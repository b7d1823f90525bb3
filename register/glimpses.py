"""Glimpses: what each column of a file seems to be, with three masked cells, before anyone is read out of it.

Where no table is found, the rows that may be its headings are offered, so that a person can say what the
columns mean (habits.remember_column) and the next reading finds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from register.aliases import IGNORED, meaning
from register.categories import recognise
from register.columns import HEADING_LETTERS, SAMPLED_ROWS, SEARCHED_ROWS, Heading, find_heading, letter
from register.hamlets import hamlet_of_group
from register.listed import Habits
from register.lists import HEAD_ROWS
from register.looks import looks_like_birth, looks_like_id, looks_like_name
from register.marks import eid_level, is_a_bank, mark, payout_ways, sex
from register.sheets import sheets_of
from register.words import clean, fold, plain

SAMPLES = 3
MOST_SHEETS, MOST_COLUMNS, MOST_CHOICES = 60, 60, 6  # what a page can show
SAMPLE_LETTERS = 30
NEEDED = (("name", "family"), ("citizen_id", "old_card"))  # one of each, or there is no list


@dataclass(frozen=True)
class GlimpsedColumn:
    """One column. ``heading`` is "" where the file has none; ``used`` is False where another says the same."""

    letter: str
    heading: str
    said: str
    used: bool
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Headed:
    """The columns as they read when ``row`` (from 1, the last one) is the heading; 0: there is none."""

    row: int
    columns: tuple[GlimpsedColumn, ...]


@dataclass(frozen=True)
class GlimpsedSheet:
    """One sheet. ``table``: a list was found, and ``choices`` has one entry; else where one might begin."""

    name: str
    hidden: bool
    table: bool
    choices: tuple[Headed, ...]


def glimpse(file: Path, habits: Habits) -> list[GlimpsedSheet]:
    """Every sheet of a file that holds anything. BadInput when the file cannot be opened."""
    found = []
    for sheet in sheets_of(file):
        head = list(islice(sheet.rows, HEAD_ROWS))
        heading = find_heading(head, habits.columns, sheet.hidden_columns)
        choices = _offers(head, habits.columns) if heading is None else [_settled(head, heading)]
        if choices:
            found.append(GlimpsedSheet(sheet.name[:80], sheet.hidden, heading is not None, tuple(choices)))
        if len(found) == MOST_SHEETS:
            break
    return found


def _settled(head: list[list[Any]], heading: Heading) -> Headed:
    used = heading.used
    below = head[heading.first_row : heading.first_row + SAMPLED_ROWS]
    columns, named = [], False
    for column in heading.every[:MOST_COLUMNS]:
        own = column.title != f"Cột {letter(column.at)}"  # as columns without a heading are called
        named = named or own
        columns.append(
            GlimpsedColumn(
                letter(column.at), column.title if own else "", column.said,
                column.at in used and column.said not in ("", IGNORED), samples(below, column.at, column.said),
            )
        )  # fmt: skip
    return Headed(heading.first_row if named else 0, tuple(columns))


def _offers(head: list[list[Any]], own: Mapping[str, str]) -> list[Headed]:
    """The rows that may be headings, the likeliest first: the more known words, the likelier."""
    rated = []
    for number, row in enumerate(head[:SEARCHED_ROWS]):
        texts = [clean(cell) for cell in row if clean(cell)]
        below = head[number + 1 : number + 1 + SAMPLED_ROWS]
        if len(set(texts)) < 2 or not any(any(clean(cell) for cell in other) for other in below):
            continue
        if any(len(text) > HEADING_LETTERS or _is_about_somebody(text) for text in texts):
            continue
        known = {meaning([text], own) for text in texts} - {""}
        rated.append((-len(known), -len(texts), number))
    choices = []
    for _, _, number in sorted(rated)[:MOST_CHOICES]:
        row, below = head[number], head[number + 1 : number + 1 + SAMPLED_ROWS]
        told: set[str] = set()
        columns = []
        for at, cell in enumerate(row[:MOST_COLUMNS]):
            heading = clean(cell)
            if not heading and not samples(below, at):
                continue
            said = meaning([heading], own) if heading else ""
            used = said not in ("", IGNORED) and said not in told
            told.add(said)
            columns.append(GlimpsedColumn(letter(at), heading, said, used, samples(below, at, said)))
        choices.append(Headed(number + 1, tuple(columns)))
    return choices


def _is_about_somebody(text: str) -> bool:
    """Whether a cell can only belong to a person's row: such a row is never shown as a heading."""
    return (
        looks_like_id(text)
        or looks_like_birth(text)
        or (looks_like_name(text) and not meaning([text]) and all(word[0].isupper() for word in text.split()))
        or re.search(r"\d{5}", re.sub(r"[\s.\-]", "", text)) is not None
    )


# --- Cells that can be shown -------------------------------------------------------------------

_SOMEBODY = ("name", "family", "given", "payee", "holder")
_TICKED = ("nq418", "eid", "eid_level", "bank", "bank_name", "asxh", "payout", "sex", "male", "female")
_TICKS = {"x", "co", "khong", "ko", "chua", "roi", "da", "co roi", "da co", "chua co", "khong co", "nam", "nu",
          "muc 1", "muc 2", "yes", "no"}  # fmt: skip


def samples(below: Sequence[Sequence[Any]], at: int, said: str = "") -> tuple[str, ...]:
    """The first different cells of a column, masked. ``said``: what the column was taken for."""
    found: dict[str, None] = {}
    for row in below:
        if at < len(row) and clean(row[at]):
            found.setdefault(masked_cell(row[at], said))
            if len(found) == SAMPLES:
                break
    return tuple(found)


def masked_cell(value: object, said: str = "") -> str:
    """A cell as anyone may see it: words that many rows share stay, a name or number is not to be recognised.

    "Nguyễn Thị Mai" → "Nguyễn T. M.", 060201000777 → "•••••••••777", 01/02/1950 → "••/••/1950".
    """
    if isinstance(value, date):
        return f"••/••/{value.year}"
    text = plain(value)
    if looks_like_birth(text):
        return text if len(text) == 4 else f"••/••/{re.findall(r'(?:19|20)[0-9]{2}', text)[0]}"
    if _is_shared(text, said):
        return text if len(text) <= SAMPLE_LETTERS else text[:SAMPLE_LETTERS] + "…"
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 5:
        return "•" * min(len(digits) - 3, 9) + digits[-3:]
    words = text.split()
    shown = words[:1] if len(words) > 1 and len(words[0]) <= 10 else []
    initials = [f"{word[0].upper()}." for word in words[len(shown) :][:5]]
    return " ".join(shown + initials)


def _is_shared(text: str, said: str) -> bool:
    """Whether a cell says what many rows say: a tick, a sex, a level, a category, a hamlet, a small number.

    In a column of unknown meaning a given name must not pass for a tick: Dung is one, and so is Đạt.
    """
    if said in _SOMEBODY or looks_like_name(text) or sum(c.isdigit() for c in text) >= 5:
        return False
    if (len(text) <= 3 and not text.isalpha()) or fold(text) in _TICKS:
        return True
    if len(text) > 60:
        return False
    if said in _TICKED:
        return bool(mark(text)[1] is None or sex(text) or payout_ways(text) or is_a_bank(text) or eid_level(text)[0])
    if said == "category" and recognise(text) is not None:
        return text[1:] == text[1:].lower()  # "Thân nhân liệt sĩ Nguyễn Văn A" names somebody
    return bool(hamlet_of_group(text)) and (said == "hamlet" or any(c.isdigit() for c in text))
