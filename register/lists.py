"""Lists: a commune's workbook, read whole into people, rejected rows and warnings.

Every row of a person is accepted or rejected whole. The way of a file: ``sheets`` (formats, old fonts) →
``columns`` (what means what) → ``rows`` (who is a person) → ``cells``, ``marks``, ``phones`` (what a cell says).
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from pathlib import Path

from register.columns import find_heading
from register.errors import BadInput
from register.hamlets import hamlet_name
from register.listed import NO_HABITS, ColumnGuess, Habits, ListedPerson, ListRead, Remark
from register.rows import Table
from register.sheets import Sheet, sheets_of
from register.words import fold

__all__ = ["ColumnGuess", "Habits", "ListRead", "ListedPerson", "Remark", "hamlet_name", "read_list"]

SAME_NAME = 0.75  # two spellings of one name are at least that alike (difflib's ratio of the folded names)


def read_list(file: Path, this_year: int, habits: Habits = NO_HABITS) -> ListRead:
    """Read a list (xlsx, xls, ods, csv, tsv). Raises BadInput with one sentence when it is none.

    ``habits``: what the commune's own headings mean, and whether a CMND may stand (see habits.habits).
    """
    read = ListRead()
    tables = 0
    for sheet in sheets_of(file):
        heading = find_heading(sheet.rows, habits.columns, sheet.hidden_columns)
        if heading is None:
            continue
        passed_over = _passed_over(sheet)
        if passed_over:
            read.warnings.append(Remark(sheet.name, 0, "", *passed_over))
            continue
        tables += 1
        Table(sheet, heading, this_year, habits, read).read_rows()
    if not tables:
        raise BadInput(
            "Không thấy bảng danh sách nào trong tệp: cần một trang có cột Họ và tên và cột Số định danh/CCCD."
        )
    if not read.people and not read.rejected:
        raise BadInput("Bảng danh sách trong tệp không có dòng nào ghi tên người. Hãy kiểm tra lại tệp.")
    _merge(read)
    _mark_shared_phones(read)
    return read


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


def _merge(read: ListRead) -> None:
    """One person per citizen id: who stands under two categories is one person with both.

    The first spelling of the name stands; another one is a warning, and a wholly different name rejects
    the row: one of the two ids must be wrong.
    """
    first: dict[str, ListedPerson] = {}
    for person in read.people:
        known = first.setdefault(person.citizen_id, person)
        if known is person:
            continue
        ours, theirs = fold(known.full_name), fold(person.full_name)
        if ours != theirs and SequenceMatcher(None, ours, theirs).ratio() < SAME_NAME:
            message = (
                f"Số định danh này đã có ở trang {known.sheet}, dòng {known.row} với họ tên khác. Hãy kiểm tra số."
            )
            read.rejected.append(Remark(person.sheet, person.row, "", "id_twice", message))
            continue
        message = f"Người này đã có ở trang {known.sheet}, dòng {known.row}: đã gộp thành một người."
        read.warnings.append(Remark(person.sheet, person.row, "", "person_twice", message))
        if ours != theirs:
            message = (
                f"Họ tên viết khác với trang {known.sheet}, dòng {known.row}: giữ cách viết đầu tiên. Hãy sửa cho khớp."
            )
            read.warnings.append(Remark(person.sheet, person.row, "", "name_differs", message))
        _absorb(known, person)
    read.people = list(first.values())


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


def _mark_shared_phones(read: ListRead) -> None:
    """Say where several people share a phone: allowed, and worth knowing before anyone is called."""
    first: dict[str, ListedPerson] = {}
    for person in read.people:
        known = first.setdefault(person.phone, person) if person.phone else person
        if known is not person:
            message = f"Số điện thoại này cũng là của người ở trang {known.sheet}, dòng {known.row}: vẫn nhận cả hai."
            read.warnings.append(Remark(person.sheet, person.row, "", "phone_shared", message))
