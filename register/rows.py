"""Rows: one sheet's table, row by row: who is a person; what the row says of them is read in ``reading``.

A table is gone through twice, because some cells can only be understood when all of their column was seen
(an empty cell beside ticks, 05/06/1946): first ``survey``, then ``people``. What is no person (titles, group
rows, "Cộng", signatures) is passed over. Messages name a sheet, a row and a column, never a person.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from register import cells
from register.aliases import IGNORED, MEANINGS
from register.categories import recognise
from register.cells import CellError
from register.columns import Heading, begins_a_table, find_heading, is_heading_again, letter
from register.hamlets import NUMBERED, hamlet_of_group, hamlet_of_title
from register.listed import ColumnGuess, Habits, ListedPerson, ListRead, Remark
from register.looks import DateHabit
from register.reading import BIRTHS, Above, Part, Reader, Rejected
from register.sheets import Sheet
from register.words import clean

_TOTAL = re.compile(
    r"(?i)^\W*(tổng\s*(cộng|số|hợp)?\b|cộng\b|lũy kế|luỹ kế|tong cong|cong (don|trang)|mang sang|chuyển sang|ấn định"
    r"|(số tiền )?(viết )?bằng chữ|danh sách (này )?(có|gồm)|trong đó\b)"
)
_SIGNATURE = re.compile(
    r"(?i)^(người lập|nguoi lap|lập biểu|lập bảng|chủ tịch|phó chủ tịch|kt\.? ?chủ tịch|tm\.? ?(ubnd|ủy ban|uỷ ban)"
    r"|kế toán|thủ quỹ|thủ trưởng|giám đốc|trưởng phòng|cán bộ|công chức|xác nhận|người chi trả|đại diện|nơi nhận"
    r"|trưởng (thôn|ấp|khu|khóm|bản|buôn|ban|công an)|tổ trưởng|bí thư"
    r"|giao dịch viên|kiểm soát viên|người tổng hợp|người duyệt|phụ trách|người kiểm|ký tên|\(ký|chu tich|ke toan"
    r"|.{0,40}ngày\s*[\d.…]*\s*tháng\s*[\d.…]*\s*năm\b)"
)
_FREE_TEXT = ("note", "category", "address", "hamlet", "payee")
_NAME_ALONE = re.compile(r"[^\W\d_]+( [^\W\d_]+){1,5}")  # a name and nothing else is a person without an id
_GROUP_NUMBER = re.compile(rf"(?i)^{NUMBERED}")
_GROUP_NUMERAL = re.compile(r"[IVX]+|[A-Z]")
_GROUP_COUNT = re.compile(r"(?i)\s*[:(–-]?\s*\d+\s*(người|đối tượng|trường hợp|hộ|đt)?\s*\)?\s*$")
_NOT_DIGITS = re.compile(r"\D")
_ROWS_TOLD = 20_000  # rows between two words of how far the survey is


class Table:
    """The tables of one sheet while they are being read; mostly there is one.

    ``head``: the sheet's first rows, in which the heading was found.
    """

    def __init__(
        self, sheet: Sheet, heading: Heading, head: Sequence[Sequence[Any]], this_year: int, habits: Habits
    ) -> None:
        self.sheet, self.rows, self.this_year, self.habits = sheet.name, sheet.rows, this_year, habits
        self.hidden_columns = sheet.hidden_columns
        self.first = heading
        self.parts: list[Part] = []
        self.columns: list[ColumnGuess] = []
        self.read = ListRead()
        above = " ".join(dict.fromkeys(clean(cell) for row in head[: heading.first_row] for cell in row if cell))
        whole_sheet = recognise(self.sheet) or recognise(above) if "category" not in heading.columns else None
        titles = [clean(cell) for row in head[: heading.first_row] for cell in row if isinstance(cell, str)]
        named = {hamlet_of_title(title) for title in titles if not _SIGNATURE.match(title)} - {""}
        hamlet = hamlet_of_title(self.sheet) or (named.pop() if len(named) == 1 else "")
        self.above = Above(hamlet, whole_sheet)

    def survey(self, learn: Callable[[str], None]) -> Iterator[int]:
        """Look through all rows. ``learn`` is given each citizen id; yields the number of the row now and then."""
        told = _ROWS_TOLD
        for number, row in self._people_rows(surveying=True):
            part = self.parts[-1]
            part.rows += 1
            beside = part.name_beside
            if beside is not None and beside < len(row):
                cell = row[beside]
                part.beside += isinstance(cell, str) and bool(clean(cell))
            for meaning, habit in part.dates.items():
                at = self.at[meaning]
                if at < len(row) and row[at]:
                    habit.learn(row[at])
            if any(at < len(row) and row[at] not in ("", None) for at in self.untold):
                self._learn_told(row, number, part)
            try:
                learn(self.reader.citizen_id(row))
            except CellError:
                pass
            if number >= told:
                yield number
                told = number + _ROWS_TOLD

    def people(self, read: ListRead, only: Collection[int] = ()) -> Iterator[ListedPerson]:
        """The people, each as the row stands; after the survey. Remarks go to ``read``, and how far it is.

        ``only``: those with these citizen ids, where there are any, and nobody else.
        """
        self.read = read
        for number, row in self._people_rows(surveying=False):
            if only and not self._is_one_of(row, only):
                continue
            self.read.done = number
            try:
                person = self.reader.person(row, number)
            except Rejected as rejected:
                self.read.rejected.append(rejected.remark)
                continue
            self.reader.settle_empty_marks(person, row)
            yield person

    def _people_rows(self, *, surveying: bool) -> Iterator[tuple[int, Sequence[Any]]]:
        """The rows that are people, with their numbers, counted from 1 as spreadsheets do."""
        self.above = replace(self.above, hamlet="", category="", head_of_household=())
        self.ended = False
        known = iter(self.parts)
        self._use(self._new_part(self.first) if surveying else next(known))
        below = self.first.first_row
        rows = _Ahead(self.rows)
        for index, row in enumerate(rows):
            if index < below:
                continue
            if not self._has_id(row) and begins_a_table(row):
                other = find_heading([row, *rows.ahead(3)], self.habits.columns, self.hidden_columns)
                if other is not None and other.columns != self.at:
                    below = index + other.first_row
                    self._use(self._new_part(replace(other, first_row=below)) if surveying else next(known))
                continue
            if self._is_person(row):
                if self.reader.heads_a_household(row):
                    self.above.head_of_household = row
                yield index + 1, row

    def _new_part(self, heading: Heading) -> Part:
        at = heading.columns
        part = Part(heading, dates={meaning: DateHabit() for meaning in BIRTHS if meaning in at})
        self.parts.append(part)
        used = heading.used
        self.columns += [
            ColumnGuess(
                self.sheet, c.at, letter(c.at), c.title, c.said, MEANINGS.get(c.said, "Chưa rõ"),
                c.at in used and c.said not in ("", IGNORED),
            )
            for c in heading.every
        ]  # fmt: skip
        return part

    def _use(self, part: Part) -> None:
        """Read on with this heading: the first, or that of a further table below it."""
        self.part, self.heading, self.at = part, part.heading, part.heading.columns
        self.reader = Reader(
            self.sheet, part, self.above, self._warn, this_year=self.this_year, old_cards=self.habits.old_cards
        )
        self._find_untold()

    def _warn(self, remark: Remark) -> None:
        self.read.warnings.append(remark)

    def _find_untold(self) -> None:
        """The columns that may still tell of something of which no row has told yet."""
        meanings = [meaning for meaning, attribute in self.reader.ticks if attribute not in self.part.told]
        if "account" in meanings:
            meanings.append("bank_name")
        if "active" in self.at and "active" not in self.part.told:
            meanings.append("active")
        if "female" in self.at and "sex" not in self.part.told:
            meanings.append("female")
        found = {self.at[meaning] for meaning in meanings if meaning in self.at}
        found |= {at for meaning in meanings for at in self.heading.spare.get(meaning, ())}
        self.untold = found | {at for meaning in meanings for at, _ in self.heading.options.get(meaning, ())}

    def _learn_told(self, row: Sequence[Any], number: int, part: Part) -> None:
        try:
            person = self.reader.person(row, number)
        except Rejected:
            said = {a for m, a in self.reader.ticks if cells.account_mark(self.reader.value(row, m))[0] is not None}
        else:
            said = {attribute for _, attribute in self.reader.ticks if getattr(person, attribute) is not None}
            said |= {"sex"} if person.sex else set()
            said |= {"active"} if cells.mark(self.reader.text(row, "active"))[0] else set()
        if not said <= part.told:
            part.told |= said
            self._find_untold()

    # Which rows are people

    def _has_id(self, row: Sequence[Any]) -> bool:
        """Whether something like an id stands where ids do: then the row is a person's, whatever else it says."""
        at = self.at["citizen_id"]
        given = row[at] if at < len(row) else ""
        return bool(given) and len(_NOT_DIGITS.sub("", str(given))) >= 9

    def _is_person(self, row: Sequence[Any]) -> bool:
        if self._has_id(row):
            return True
        filled = [cell for cell in row if clean(cell)]
        if not filled or is_heading_again(row, self.heading):
            return False
        if _is_numbering(filled):
            return False
        texts = [clean(cell) for cell in filled if isinstance(cell, str)]
        if any(_TOTAL.match(text) for text in texts[:2]):
            return False
        numbered = len(filled) == 2 and _GROUP_NUMERAL.fullmatch(cells.plain(filled[0]))
        if len(filled) > 1 and not numbered:  # words in a person's own columns make no group row and no signature
            free = {self.at.get(meaning) for meaning in _FREE_TEXT}
            texts = [clean(cell) for i, cell in enumerate(row) if isinstance(cell, str) and cell and i not in free]
        if any(_SIGNATURE.match(text) for text in texts):
            self.ended = True
            return False
        own = [k for k in ("birth", "male", "female", "phone") if re.search(r"\d{4}", self.reader.text(row, k))]
        if self.ended and not own:
            return False
        given = re.search(r"\d{4}|\d[eE]\+", self.reader.text(row, "citizen_id")) is not None
        if not own and not given and self._is_group(row, texts, len(filled)):
            return False
        return bool(own or given or self.reader.name(row) or (self.reader.text(row, "citizen_id") and len(filled) > 2))

    def _is_group(self, row: Sequence[Any], texts: list[str], filled: int) -> bool:
        """A row above a group: its hamlet or category holds for the rows below."""
        for text in texts:
            hamlet = hamlet_of_group(text)
            if hamlet:
                self.above.hamlet = hamlet
                return True
        named = [text for text in texts if len(text) > 4 and recognise(text)]
        if named:
            self.above.category = _GROUP_COUNT.sub("", _GROUP_NUMBER.sub("", named[0]))
            return True
        return filled == 1 and not _NAME_ALONE.fullmatch(clean(self.reader.name(row)))

    def _is_one_of(self, row: Sequence[Any], ids: Collection[int]) -> bool:
        try:
            return int(self.reader.citizen_id(row)) in ids
        except CellError:
            return False


class _Ahead:
    """Rows one by one, with a look at those that follow."""

    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self._rows, self._seen = iter(rows), deque[list[Any]]()

    def __iter__(self) -> Iterator[list[Any]]:
        return self

    def __next__(self) -> list[Any]:
        return self._seen.popleft() if self._seen else next(self._rows)

    def ahead(self, number: int) -> list[list[Any]]:
        """The rows that come next, at most so many."""
        self._seen.extend(islice(self._rows, number - len(self._seen)))
        return list(islice(self._seen, number))


def _is_numbering(filled: Sequence[Any]) -> bool:
    """The row below the headings that numbers the columns: (1) (2) (3), A B 1 2."""
    texts = [cells.plain(cell) for cell in filled]
    return len(texts) > 2 and all(re.fullmatch(r"[(\[]?(\d{1,2}|[A-Za-z])[.)\]]?\s*(=.*)?", text) for text in texts)
