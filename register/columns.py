"""Columns: where the headings of a sheet are, and which column holds what.

What headings do not tell, the cells below do: a column of twelve-digit numbers is the citizen id,
whatever stands above it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from register.aliases import IGNORED, done_on, is_below, is_weaker, meaning, option
from register.categories import recognise
from register.hamlets import hamlet_of_group
from register.looks import LOOKS, Rows, cells_of, filled, holds_numbers, looks_like_id, share
from register.marks import legend, names_level
from register.words import clean, fold

HEADING_LETTERS = 80  # a title or a sentence is longer
FORM_COLUMNS = 4  # that many side by side are the questions of a form, however long
HEADING_ROWS = 3
SEARCHED_ROWS = 60
SAMPLED_ROWS = 400
_IS_DONE = re.compile(r"(?:da|roi)\b|.* roi$")
_TOLD_BY_CELLS = ("birth", "phone", "sex", "payout", "hamlet", "category")  # below a heading that nobody knows
_DAYS, _MONTHS = ("ngay", "ngay sinh"), ("thang", "thang sinh")
_NAME_HEADINGS = {"ho va ten", "ho ten", "ho va ten doi tuong", "ho va", "ho ten doi tuong", "ho va ten nguoi huong"}


@dataclass(frozen=True)
class Column:
    """One column as it was understood. ``option``: what a tick in it says (see aliases.option)."""

    at: int
    title: str
    said: str
    option: str = ""


@dataclass(frozen=True)
class Heading:
    """Where a table begins and what its columns mean.

    ``titles`` are the headings as people read them; ``headed`` all columns that have any heading;
    ``options`` the columns of which a tick in one is the answer; ``spare`` further columns of a meaning,
    looked at where the first is empty;
    ``asked`` is what a column of marks asks (see marks.mark).
    """

    first_row: int  # the first row below the headings, counted from 0
    columns: dict[str, int]
    titles: dict[str, str]
    headed: frozenset[int] = frozenset()
    options: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    spare: dict[str, tuple[int, ...]] = field(default_factory=dict)
    every: tuple[Column, ...] = ()
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> set[int]:
        """The columns that are looked at."""
        ticked = {at for found in self.options.values() for at, _ in found}
        return {*self.columns.values(), *ticked, *(at for found in self.spare.values() for at in found)}


def find_heading(
    rows: Rows, own: Mapping[str, str] | None = None, hidden: frozenset[int] = frozenset()
) -> Heading | None:
    """The heading of a sheet: one to three rows that name at least a name and a citizen id.

    ``own``: the commune's wording (see habits); ``hidden`` columns are used only where no other says it.
    """
    best: tuple[tuple[bool, int, int], list[Column], int] | None = None
    for top in range(min(len(rows), SEARCHED_ROWS)):
        if any(looks_like_id(cell) for cell in rows[top]):
            continue
        for height in range(1, HEADING_ROWS + 1):
            block = rows[top : top + height]
            if len(block) < height or not all(_may_be_heading(row, own) for row in block[1:]):
                break
            columns = _read(block, own)
            known = {column.said for column in columns} - {"", IGNORED}
            score = len(known) + len([column for column in columns if column.option]) - _twice(columns)
            sure = bool(known & {"name", "family"}) or ("citizen_id" in known and len(known) > 2)
            rank = (sure, score, -height)
            enough = len(known) > 1 or "citizen_id" in known
            if enough and (best is None or rank > best[0]):
                best = (rank, columns, top + height)
        if best is not None and best[0][0] and top > best[2]:
            break
    found = _settled(rows, best[1], best[2], hidden) if best else None
    return found or _without_heading(rows)


def is_heading_again(row: Sequence[object], heading: Heading) -> bool:
    """Whether a row repeats the headings, as printed pages do."""
    at = heading.columns.get("name", heading.columns.get("family", 0))
    return at < len(row) and fold(row[at]) in _NAME_HEADINGS


def begins_a_table(row: Sequence[object]) -> bool:
    """Whether a row may be the heading of a further table below the first."""
    return any(isinstance(cell, str) and fold(cell) in _NAME_HEADINGS for cell in row)


def _may_be_heading(row: Sequence[object], own: Mapping[str, str] | None) -> bool:
    """A lower row of headings holds only short known words, no value of any person."""
    texts = [clean(cell) for cell in row if clean(cell)]
    if not texts or not all(isinstance(cell, str) for cell in row if clean(cell)):
        return False
    if any(re.search(r"\d{3,}", text.replace("418", "")) for text in texts):
        return False
    known = [text for text in texts if is_below(text) or (own and fold(text) in own)]
    groups = [text for text in known if recognise(text) or hamlet_of_group(text)]
    if len(groups) == 1:  # "I. Người khuyết tật" heads a group; columns to tick stand two and more
        known.remove(groups[0])
    return len(known) * 2 >= len(texts) and not re.search(r"^\W*\d+\W*$", texts[0])


def _twice(columns: list[Column]) -> int:
    """How many columns say name or id again: then the row above tells whose they are, the guardian's too."""
    said = [column.said for column in columns if column.said in ("name", "citizen_id")]
    return len(said) - len(set(said))


def _read(block: Rows, own: Mapping[str, str] | None) -> list[Column]:
    """The columns of a block of heading rows."""
    width = max(len(row) for row in block)
    filled: list[list[str]] = []
    for depth, row in enumerate(block):
        texts = [clean(row[i]) if i < len(row) else "" for i in range(width)]
        if any(len(text) > HEADING_LETTERS for text in texts) and len([text for text in texts if text]) < FORM_COLUMNS:
            return []
        if any(_is_another(clean(block[0][i]), text) for i, text in enumerate(texts[: len(block[0])] if depth else [])):
            return []
        if depth < len(block) - 1:  # a heading merged over several columns stands in the first of them
            for i in range(1, width):
                below = any(i < len(lower) and clean(lower[i]) for lower in block[depth + 1 :])
                if not texts[i] and below:
                    texts[i] = texts[i - 1]
        filled.append(texts)
    columns: list[Column] = []
    for i in range(width):
        parts = [texts[i] for n, texts in enumerate(filled) if texts[i] and (n == 0 or texts[i] != filled[n - 1][i])]
        if parts:
            said = meaning(parts, own)
            columns.append(Column(i, " ".join(parts), said, option(parts, said)))
    for day, month, year in zip(columns, columns[1:], columns[2:], strict=False):  # Ngày | Tháng | Năm sinh
        if fold(day.title) in _DAYS and fold(month.title) in _MONTHS and year.said == "birth":
            parts_of_birth = {day.at: "birth_day", month.at: "birth_month", year.at: "birth_year"}
            columns = [Column(c.at, c.title, parts_of_birth.get(c.at, c.said), c.option) for c in columns]
    told = {column.said for column in columns}
    if {"birth_day", "male"} <= told and "female" not in told:  # Ngay | Thang | Nam, without accents
        columns = [Column(c.at, c.title, "birth_year") if c.said == "male" else c for c in columns]
    return columns


def _is_another(above: str, text: str) -> bool:
    """Whether two rows name two things: a page of help with "Họ và tên" above "Số CCCD" is no heading."""
    return bool(above and text) and {meaning([above]), meaning([text])} == {"name", "citizen_id"}


def _settled(rows: Rows, columns: list[Column], first_row: int, hidden: frozenset[int]) -> Heading | None:
    """One column for each meaning, by its heading, whether it is seen, and what stands below."""
    below = rows[first_row : first_row + SAMPLED_ROWS]
    columns = _in_two_parts(below, _by_content(below, columns))
    by_meaning: dict[str, list[Column]] = defaultdict(list)
    for column in columns:
        if column.said and column.said != IGNORED:
            by_meaning[column.said].append(column)
    chosen: dict[str, Column] = {}
    options: dict[str, tuple[tuple[int, str], ...]] = {}
    spare: dict[str, tuple[int, ...]] = {}
    for said, found in by_meaning.items():
        ticks = [column for column in found if column.option and filled(below, column.at)]
        plain_ones = [column for column in found if not column.option]
        found = plain_ones or found
        found.sort(key=lambda c: (_misfit(below, c), c.at in hidden, is_weaker(c.title, said), c.at))
        chosen[said] = found[0]
        spare[said] = tuple(c.at for c in found[1:])
        if ticks and not (plain_ones and filled(below, plain_ones[0].at)):
            options[said] = tuple((column.at, column.option) for column in ticks)
            chosen[said] = ticks[0]
    if "old_card" in chosen:  # many lists still say CMND and hold 12 digits
        if "citizen_id" not in chosen:
            chosen["citizen_id"] = chosen["old_card"]
        else:
            spare["citizen_id"] = (*spare["citizen_id"], chosen["old_card"].at)
    if "citizen_id" not in chosen or not {"name", "family"} & set(chosen):
        return None
    return Heading(
        first_row,
        {said: column.at for said, column in chosen.items()},
        {said: column.title for said, column in chosen.items()},
        frozenset(column.at for column in columns),
        options,
        {said: others for said, others in spare.items() if others},
        tuple(columns),
        {said: _asked(below, chosen[said]) for said in ("asxh", "bank", "nq418", "eid") if said in chosen},
    )


def _in_two_parts(below: Rows, columns: list[Column]) -> list[Column]:
    """ "Họ và tên" | "Tên": the first is family and middle name, unless the second only says its last word again."""
    for one, other in pairwise(columns):
        if one.said != "name" or other.said != "given" or other.at != one.at + 1:
            continue
        pairs = [(fold(row[one.at]), fold(row[other.at])) for row in below if other.at < len(row) and row[other.at]]
        if sum(not whole.endswith(last) for whole, last in pairs) * 2 > len(pairs):
            columns = [Column(c.at, c.title, "family") if c is one else c for c in columns]
    return columns


def _asked(below: Rows, column: Column) -> str:
    """The folded heading, and every "x" and "đã …" that a cell answers it with."""
    answers = {fold(cell) for cell in cells_of(below, column.at) if isinstance(cell, str)}
    told = sorted(a for a in answers if a in ("x", "v") or a.startswith("da "))
    if {"c", "d"} <= answers and not {"k", "co", "khong"} & answers:  # C and Đ: chưa and đã
        told.append("=d")
    return " ".join([fold(column.title), *told])


# --- What the cells tell -----------------------------------------------------------------------


def _misfit(below: Rows, column: Column) -> int:
    """0: the cells below fit the heading, 1: there are none, 2: they do not."""
    if not filled(below, column.at):
        return 1
    if column.said not in LOOKS or column.said == "birth":
        return 0
    return 0 if share(below, column.at, column.said) >= 0.3 else 2


def _eid_of(below: Rows, column: Column) -> Column:
    """A column about level 2, by what it holds: nobody ticks with a 2."""
    if any(names_level(cell) for cell in cells_of(below, column.at)) and not legend(fold(column.title)):
        return Column(column.at, column.title, "eid_level")
    return Column(column.at, column.title, "eid", option([column.title], "eid"))


def _by_content(below: Rows, columns: list[Column]) -> list[Column]:
    """The columns, with an id and a name found by what the cells hold where no heading names them."""
    columns = [
        _eid_of(below, c)  # "Định danh" over ticks or levels
        if c.said == "citizen_id"
        and "dinhdanh" in fold(c.title).replace(" ", "")
        and filled(below, c.at)
        and not holds_numbers(below, c.at)
        else _eid_of(below, c)
        if c.said == "eid" and not c.option
        else replace(c, option="")  # "rồi" answers a question, it is no tick below "Chưa có"
        if c.option.startswith("chua") and any(_IS_DONE.match(fold(cell)) for cell in cells_of(below, c.at))
        else c
        for c in columns
    ]
    for said, others in (("citizen_id", ("old_card",)), ("name", ("family",))):
        named = [c for c in columns if c.said in (said, *others)]
        if any(_misfit(below, c) < 2 for c in named) or (named and said == "name"):
            continue
        titles = {c.at: c for c in columns}
        width = max((len(row) for row in below), default=0)
        free = [i for i in range(width) if not _for_another(titles.get(i))]
        shares = {i: share(below, i, said) for i in free}
        at = max(shares, key=lambda i: shares[i], default=None)
        if at is not None and shares[at] >= 0.6 and len(cells_of(below, at)) > 1:
            title = titles[at].title if at in titles else f"Cột {letter(at)}"
            columns = sorted([c for c in columns if c.at != at] + [Column(at, title, said)], key=lambda c: c.at)
    told = {"", *(c.said for c in columns)} | {"eid" for c in columns if c.said == "eid_level"}
    columns = [  # "Ngày kích hoạt mức 2" where nothing else tells who has it
        replace(c, said=done_on(c.title)) if c.said == IGNORED and done_on(c.title) not in told else c for c in columns
    ]
    for said in _TOLD_BY_CELLS * 2:  # what one column gives up in the first round another takes in the second
        if said not in {c.said for c in columns}:
            ids = sum(c.said == "citizen_id" for c in columns) > 1  # "Số DĐ" beside "Số CCCD" may be a phone's
            unknown = [c for c in columns if _is_open(below, c, ids=ids) and share(below, c.at, said) >= 0.6]
            columns = [Column(c.at, c.title, said) if c in unknown[:1] else c for c in columns]
    return columns


def _is_open(below: Rows, column: Column, *, ids: bool) -> bool:
    """Whether nobody knows the heading, or none of the cells is what it says."""
    told = column.said in _TOLD_BY_CELLS or (ids and column.said == "citizen_id")
    return not column.said or (told and share(below, column.at, column.said) == 0)


_OTHERS = re.compile(
    r"\b(chu ho|giam ho|cha|me|bo|vo|chong|nguoi than|than nhan|nguoi nhan|con cua|ten con|cham soc|nuoi duong"
    r"|lien he)\b"
)


def _for_another(column: Column | None) -> bool:
    """Whether a column is surely something else, or about somebody else: a guardian, who collects the money."""
    if column is None:
        return False
    words = fold(column.title)
    about_another = column.said == IGNORED and _OTHERS.search(words) and "doi tuong" not in words
    return bool(about_another) or column.said in ("payee", "account", "citizen_id", "birth")


def _without_heading(rows: Rows) -> Heading | None:
    """A table of people that nobody headed: at least two rows with an id and a name."""
    below = rows[: SAMPLED_ROWS + SEARCHED_ROWS]
    with_id = [i for i, row in enumerate(below) if any(looks_like_id(cell) for cell in row)]
    if len(with_id) < 2:
        return None
    people = [below[i] for i in with_id]
    nameless = [Column(i, f"Cột {letter(i)}", "") for i in range(max(len(row) for row in people))]
    return _settled(rows, _by_content(people, nameless), with_id[0], frozenset())


def letter(at: int) -> str:
    """A column as spreadsheets call it: 0 → A, 27 → AB."""
    return (letter(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)
