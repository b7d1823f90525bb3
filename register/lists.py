"""Lists: a commune's workbook, read into people, rejected rows and warnings.

Every row of a person is accepted or rejected whole. The way of a file: ``sheets`` (formats, old fonts) →
``columns`` (what means what) → ``rows`` (who is a person) → ``reading`` (what a row says)
→ ``cells``, ``marks``, ``phones`` (what a cell says).
A list may have a million rows: it comes in parts, and nobody in here holds more than one of them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Generator, Iterator
from difflib import SequenceMatcher
from itertools import islice, pairwise
from pathlib import Path

from register.columns import HEADING_ROWS, SAMPLED_ROWS, SEARCHED_ROWS, find_heading
from register.errors import BadInput
from register.hamlets import hamlet_name
from register.listed import NO_HABITS, ColumnGuess, Habits, ListedPerson, ListRead, Remark
from register.rows import Table
from register.sheets import Sheet, sheets_of
from register.words import fold

__all__ = ["ColumnGuess", "Habits", "ListRead", "ListedPerson", "Remark", "hamlet_name", "read_list", "read_parts"]

SAME_NAME = 0.75  # two spellings of one name are at least that alike (difflib's ratio of the folded names)
HEAD_ROWS = SEARCHED_ROWS + HEADING_ROWS + 2 * SAMPLED_ROWS  # all that find_heading looks at
PART_PEOPLE = 2_000
_PLACE_BITS = 27  # of a place in the list, beside a phone's 37, in one number of 64
_PLACE = (1 << _PLACE_BITS) - 1


def read_list(file: Path, this_year: int, habits: Habits = NO_HABITS) -> ListRead:
    """Read a list (xlsx, xls, ods, csv, tsv). Raises BadInput with one sentence when it is none.

    ``habits``: what the commune's own headings mean, and whether a CMND may stand (see habits.habits).
    """
    read = ListRead()
    for part in read_parts(file, this_year, habits):
        read.add(part)
    return read


def read_parts(file: Path, this_year: int, habits: Habits = NO_HABITS) -> Iterator[ListRead]:
    """The same, part after part, people in the order of the file; the columns come with the first that has people."""
    tables, remarks, total = _tables(file, this_year, habits)
    yield ListRead(total=total)
    twice = yield from _survey(tables, total)
    merged, last = _merged(tables, twice) if twice else ({}, ListRead())
    shared, rows, done = _SharedPhones(), 0, total // 2
    part = ListRead(warnings=remarks, columns=[guess for table in tables for guess in table.columns], total=total)
    for table in tables:
        for person in table.people(part):
            if twice and int(person.citizen_id) in twice:
                first = merged[person.citizen_id]
                if (first.sheet, first.row) != (person.sheet, person.row):
                    continue
                person = first
            shared.learn(person)
            part.people.append(person)
            if len(part.people) == PART_PEOPLE:
                part.done += done
                rows += PART_PEOPLE + len(part.rejected)
                yield part
                table.read = part = ListRead(total=total)
        done += table.rows.height
    if not rows + len(part.people) + len(part.rejected):
        raise BadInput("Bảng danh sách trong tệp không có dòng nào ghi tên người. Hãy kiểm tra lại tệp.")
    last.warnings += shared.remarks()
    part.rejected += last.rejected
    part.warnings += last.warnings
    part.done = total
    yield part


def check_list(file: Path, this_year: int) -> None:
    """BadInput when the file is no list of people. It is read no further than the first of them."""
    any(part.people or part.rejected for part in read_parts(file, this_year))


def _tables(file: Path, this_year: int, habits: Habits) -> tuple[list[Table], list[Remark], int]:
    """The sheets with a table, what to say of those that are passed over, and the rows that will be looked at."""
    tables: list[Table] = []
    remarks: list[Remark] = []
    for sheet in sheets_of(file):
        head = list(islice(sheet.rows, HEAD_ROWS))
        heading = find_heading(head, habits.columns, sheet.hidden_columns)
        if heading is None:
            continue
        passed_over = _passed_over(sheet)
        if passed_over:
            remarks.append(Remark(sheet.name, 0, "", *passed_over))
            continue
        tables.append(Table(sheet, heading, head, this_year, habits))
    if not tables:
        raise BadInput(
            "Không thấy bảng danh sách nào trong tệp: cần một trang có cột Họ và tên và cột Số định danh/CCCD."
        )
    return tables, remarks, 2 * sum(table.rows.height for table in tables)


def _survey(tables: list[Table], total: int) -> Generator[ListRead, None, frozenset[int]]:
    """Look through all tables; says how far it is, and returns the citizen ids that stand in more than one row."""
    ids, done = array("Q"), 0
    for table in tables:
        for row in table.survey(lambda found: ids.append(int(found))):
            yield ListRead(done=done + row, total=total)
        done += table.rows.height
    return frozenset(one for one, following in pairwise(sorted(ids)) if one == following)


def _passed_over(sheet: Sheet) -> tuple[str, str] | None:
    """Why a sheet with a table is not read, as a remark's code and message."""
    if sheet.hidden:
        return "sheet_hidden", "Trang tính đang ẩn nên không được nhập. Hãy bỏ ẩn nếu cần."
    words = fold(sheet.name)
    if re.search(r"\b(cat giam|ds giam|giam|thoi huong|da chet|tu tran)\b", words) and not re.search(
        r"giam ngheo|tang", words
    ):
        return "sheet_left", "Trang này ghi người thôi hưởng nên không được nhập. Hãy đổi tên trang nếu không phải."
    return None


# --- The same person twice ---------------------------------------------------------------------


def _merged(tables: list[Table], twice: frozenset[int]) -> tuple[dict[str, ListedPerson], ListRead]:
    """One person per citizen id, where there are several rows, and what to say of that.

    Who stands under two categories is one person with both. The first spelling of the name stands; another one
    is a warning, and a wholly different name rejects the row: one of the two ids must be wrong.
    """
    first: dict[str, ListedPerson] = {}
    said = ListRead()
    for person in (person for table in tables for person in table.people(ListRead(), twice)):
        known = first.setdefault(person.citizen_id, person)
        if known is person:
            continue
        ours, theirs = fold(known.full_name), fold(person.full_name)
        if ours != theirs and SequenceMatcher(None, ours, theirs).ratio() < SAME_NAME:
            message = (
                f"Số định danh này đã có ở trang {known.sheet}, dòng {known.row} với họ tên khác. Hãy kiểm tra số."
            )
            said.rejected.append(Remark(person.sheet, person.row, "", "id_twice", message))
            continue
        message = f"Người này đã có ở trang {known.sheet}, dòng {known.row}: đã gộp thành một người."
        said.warnings.append(Remark(person.sheet, person.row, "", "person_twice", message))
        if ours != theirs:
            message = (
                f"Họ tên viết khác với trang {known.sheet}, dòng {known.row}: giữ cách viết đầu tiên. Hãy sửa cho khớp."
            )
            said.warnings.append(Remark(person.sheet, person.row, "", "name_differs", message))
        _absorb(known, person)
    return first, said


def _absorb(known: ListedPerson, other: ListedPerson) -> None:
    known.categories += [category for category in other.categories if category not in known.categories]
    if len(other.birth) > len(known.birth):
        known.birth = other.birth
    for attribute in ("sex", "phone", "hamlet", "address", "payout", "special", "gone"):
        setattr(known, attribute, getattr(known, attribute) or getattr(other, attribute))
    for attribute in ("nq418", "bank", "asxh", "eid2"):  # a tick on either row is a tick
        said = [v for v in (getattr(known, attribute), getattr(other, attribute)) if v is not None]
        setattr(known, attribute, any(said) if said else None)
    if other.eid_level == "2_active" or not known.eid_level:
        known.eid_level = other.eid_level
    known.mismatch = known.mismatch or other.mismatch


class _SharedPhones:
    """Says where several people share a phone: allowed, and worth knowing before anyone is called.

    A million phones are kept as numbers: the phone's own, and the place of its row.
    """

    def __init__(self) -> None:
        self._phones, self._rows, self._sheets = array("Q"), array("L"), array("H")
        self._names: dict[str, int] = {}

    def learn(self, person: ListedPerson) -> None:
        if person.phone:
            self._phones.append(int(person.phone) << _PLACE_BITS | len(self._rows))
            self._rows.append(person.row)
            self._sheets.append(self._names.setdefault(person.sheet, len(self._names)))

    def remarks(self) -> list[Remark]:
        """One for each person whose phone stood before, in the order of the rows."""
        later: list[tuple[int, int]] = []
        phone = first = -1
        for one in sorted(self._phones):
            if one >> _PLACE_BITS != phone:
                phone, first = one >> _PLACE_BITS, one & _PLACE
            else:
                later.append((one & _PLACE, first))
        return [self._remark(at, first) for at, first in sorted(later)]

    def _remark(self, at: int, first: int) -> Remark:
        names = list(self._names)
        known = f"trang {names[self._sheets[first]]}, dòng {self._rows[first]}"
        message = f"Số điện thoại này cũng là của người ở {known}: vẫn nhận cả hai."
        return Remark(names[self._sheets[at]], self._rows[at], "", "phone_shared", message)
