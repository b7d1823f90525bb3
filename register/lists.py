"""Lists: a commune's workbook, read whole into people, rejected rows and warnings.

Every row of a person is accepted or rejected whole. What is no person (titles, group rows, "Cộng",
signatures) is passed over. Messages name a sheet, a row and a column, never a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from register import cells
from register.categories import recognise
from register.cells import CellError, Oddity
from register.columns import Heading, find_heading, is_heading_again
from register.errors import BadInput
from register.sheets import sheets_of
from register.words import clean, fold


@dataclass(repr=False)
class ListedPerson:
    """One person as the file states it. None: the file does not say. Its repr shows nothing of it."""

    citizen_id: str
    full_name: str
    birth: str = ""
    sex: str = ""
    phone: str = ""
    hamlet: str = ""
    address: str = ""
    categories: list[str] = field(default_factory=list)
    nq418: bool | None = None
    bank: bool | None = None
    eid2: bool | None = None
    asxh: bool | None = None
    eid_level: str = ""
    payout: str = ""
    special: str = ""
    mismatch: bool = False
    gone: str = ""  # died | moved, as a note says
    sheet: str = ""
    row: int = 0


@dataclass(frozen=True)
class Remark:
    """Why a row was rejected, or what to look at. ``column`` is the heading, "" for the whole row."""

    sheet: str
    row: int
    column: str
    code: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class ListRead:
    """What a file says."""

    people: list[ListedPerson] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)


def read_list(file: Path, this_year: int) -> ListRead:
    """Read a list (xlsx, xls, ods, csv, tsv). Raises BadInput with one sentence when it is none."""
    read = ListRead()
    tables = 0
    for sheet, rows, hidden in sheets_of(file):
        heading = find_heading(rows)
        if heading is None:
            continue
        if hidden:
            message = "Trang tính đang ẩn nên không được nhập. Hãy bỏ ẩn nếu cần."
            read.warnings.append(Remark(sheet, 0, "", "sheet_hidden", message))
            continue
        tables += 1
        _Table(sheet, rows, heading, this_year, read).read_rows()
    if not tables:
        raise BadInput(
            "Không thấy bảng danh sách nào trong tệp: cần một trang có cột Họ và tên và cột Số định danh/CCCD."
        )
    if not read.people and not read.rejected:
        raise BadInput("Bảng danh sách trong tệp không có dòng nào ghi tên người. Hãy kiểm tra lại tệp.")
    _merge(read)
    return read


# --- Rows --------------------------------------------------------------------------------------

_TOTAL = re.compile(r"(?i)^\W*(tổng\s*(cộng|số|hợp)?\b|cộng\b|lũy kế|luỹ kế|tong cong|mang sang)")
_SIGNATURE = re.compile(
    r"(?i)^(người lập|nguoi lap|lập biểu|lập bảng|chủ tịch|phó chủ tịch|kt\.? ?chủ tịch|tm\.? ?(ubnd|ủy ban|uỷ ban)"
    r"|kế toán|thủ quỹ|thủ trưởng|giám đốc|trưởng phòng|cán bộ|công chức|xác nhận của|người chi trả|đại diện"
    r"|.{0,40}ngày\s*[\d.…]*\s*tháng\s*[\d.…]*\s*năm\b)"
)
_FREE_TEXT = ("note", "category", "address", "hamlet", "payee")
_NAME_ALONE = re.compile(r"[^\W\d_]+( [^\W\d_]+){1,5}")  # a name and nothing else is a person without an id
_HAMLET_KIND = r"khu phố|kp|thôn|tổ dân phố|tdp|khóm|ấp|bản|buôn|làng|xóm|tổ|khu dân cư|khu"
_HAMLET_ROW = re.compile(rf"(?i)^(?:[ivx\d]+[.)\-]?\s+)?((?:{_HAMLET_KIND})\b\.?\s*[^,;:]{{1,40}})$")
_HAMLET_INSIDE = re.compile(rf"(?i)(?:^|[,;\-]\s*)((?:{_HAMLET_KIND})\b\.?\s*[^,;\-]{{1,40}})")
_HAMLET_SHORT = {"kp": "Khu phố", "tdp": "Tổ dân phố"}


def hamlet_name(value: object, title: str = "") -> str:
    """A hamlet as it is kept: "KP1" → "Khu phố 1"; a bare "3" under the heading "Thôn" → "Thôn 3"."""
    text = cells.plain(value).strip(" .,;")
    short = re.fullmatch(r"(?i)(kp|tdp)[\s.]*(\S.*)", text)
    if short:
        return f"{_HAMLET_SHORT[short[1].lower()]} {short[2]}"
    if text.isdigit():
        kind = re.search(rf"(?i)\b({_HAMLET_KIND})\b", title)
        return f"{kind[1].capitalize()} {int(text)}" if kind else text
    return text


class _Table:
    """One sheet's table while it is being read."""

    def __init__(self, sheet: str, rows: Sequence[Sequence[Any]], heading: Heading, this_year: int, read: ListRead):
        self.sheet, self.rows, self.heading, self.this_year, self.read = sheet, rows, heading, this_year, read
        self.hamlet = ""
        self.category = ""
        self.ended = False
        self.split_name = self._name_has_two_columns()
        above = " ".join(clean(cell) for row in rows[: heading.first_row] for cell in row if cell)
        self.whole_sheet = recognise(sheet) or recognise(above) if "category" not in heading.columns else None

    def read_rows(self) -> None:
        start = len(self.read.people)
        for index in range(self.heading.first_row, len(self.rows)):
            row = self.rows[index]
            if not self._is_person(row):
                continue
            try:
                self.read.people.append(self._person(row, index + 1))
            except _Rejected as rejected:
                self.read.rejected.append(rejected.remark)
        self._settle_empty_marks(self.read.people[start:])

    # Which rows are people

    def _is_person(self, row: Sequence[Any]) -> bool:
        filled = [cell for cell in row if clean(cell)]
        if not filled or is_heading_again(row, self.heading):
            return False
        if _is_numbering(filled):
            return False
        if re.search(r"\d{9}", re.sub(r"\D", "", self._text(row, "citizen_id"))):
            return True
        texts = [clean(cell) for cell in filled if isinstance(cell, str)]
        if any(_TOTAL.match(text) for text in texts[:2]):
            return False
        if len(filled) > 1:  # words in a person's own columns make no group row and no signature
            free = {self.heading.columns.get(meaning) for meaning in _FREE_TEXT}
            texts = [clean(cell) for i, cell in enumerate(row) if isinstance(cell, str) and cell and i not in free]
        if any(_SIGNATURE.match(text) for text in texts):
            self.ended = True
            return False
        own = [k for k in ("birth", "male", "female", "phone") if re.search(r"\d", self._text(row, k))]
        if self.ended and not own:
            return False
        if not own and not self._text(row, "citizen_id") and self._is_group(row, texts, len(filled)):
            return False
        return bool(own or self._name(row) or self._text(row, "citizen_id"))

    def _is_group(self, row: Sequence[Any], texts: list[str], filled: int) -> bool:
        """A row above a group: its hamlet or category holds for the rows below."""
        for text in texts:
            found = _HAMLET_ROW.match(text)
            if found:
                self.hamlet = hamlet_name(found[1])
                return True
        named = [text for text in texts if len(text) > 4 and recognise(text)]
        if named and "category" not in self.heading.columns:
            self.category = re.sub(r"^(?:[IVX]+|\d+|[A-Za-z])[.)]\s*", "", named[0])
            return True
        alone = filled == 1 and not _NAME_ALONE.fullmatch(clean(self._name(row)))
        return bool(named) or alone

    def _name_has_two_columns(self) -> bool:
        """Whether "Họ và tên" is merged over two columns: "Nguyễn Thị" | "Mai"."""
        at = self.heading.columns.get("name")
        if at is None or at + 1 in self.heading.headed:
            return False
        people = [row for row in self.rows[self.heading.first_row :] if self._text(row, "citizen_id")]
        beside = [row for row in people if at + 1 < len(row) and isinstance(row[at + 1], str) and clean(row[at + 1])]
        return len(beside) * 2 > len(people)

    # What a row says

    def _value(self, row: Sequence[Any], meaning: str) -> Any:
        at = self.heading.columns.get(meaning)
        return row[at] if at is not None and at < len(row) else ""

    def _text(self, row: Sequence[Any], meaning: str) -> str:
        return cells.plain(self._value(row, meaning))

    def _name(self, row: Sequence[Any]) -> str:
        if "name" in self.heading.columns and not self.split_name:
            value = self._value(row, "name")
            return value if isinstance(value, str) else self._text(row, "name")
        if self.split_name:
            at = self.heading.columns["name"]
            return f"{clean(row[at])} {clean(row[at + 1]) if at + 1 < len(row) else ''}".strip()
        return f"{self._text(row, 'family')} {self._text(row, 'given')}".strip()

    def _person(self, row: Sequence[Any], number: int) -> ListedPerson:
        def take(meaning: str, read: Callable[[Any], tuple[Any, Oddity | None]]) -> Any:
            said, oddity = read(self._value(row, meaning))
            if oddity:
                self._warn(number, meaning, oddity)
            return said

        person = ListedPerson("", "", sheet=self.sheet, row=number)
        for meaning, read in (("name", lambda: cells.name(self._name(row))),
                              ("citizen_id", lambda: cells.citizen_id(self._value(row, "citizen_id")))):  # fmt: skip
            try:
                setattr(person, "full_name" if meaning == "name" else meaning, read())
            except CellError as error:
                raise _Rejected(self._remark(number, meaning, error.code, error.message)) from None
        self._birth_and_sex(person, row, take)
        person.phone = take("phone", cells.phone)
        person.address = self._text(row, "address")
        person.hamlet = self._hamlet_of(row, person.address)
        person.categories = self._categories_of(row)
        person.nq418 = take("nq418", cells.mark)
        person.asxh = take("asxh", cells.account_mark)
        person.eid_level = take("eid", cells.eid) or take("eid_level", cells.eid_level)
        person.eid2 = person.eid_level == "2_active" if person.eid_level else None
        person.payout = "delegated" if self._text(row, "payee") else take("payout", cells.payout)
        person.bank = self._bank(person, row, take)
        self._read_note(person, fold(self._text(row, "note")))
        return person

    def _birth_and_sex(self, person: ListedPerson, row: Sequence[Any], take: Callable[..., Any]) -> None:
        def birth(value: Any) -> tuple[str, Oddity | None]:
            return cells.birth(value, self.this_year)

        person.sex = cells.sex(self._value(row, "sex"))
        person.birth = take("birth", birth)
        for meaning, sex in (("male", "nam"), ("female", "nữ")):  # a year below "Nam" or "Nữ", or a tick
            text = self._text(row, meaning)
            if not text or cells.mark(text)[0] is False:
                continue
            person.sex = person.sex or sex
            if not cells.mark(text)[0]:
                person.birth = person.birth or take(meaning, birth)
        stated = cells.birth_year_of(person.citizen_id)
        if person.birth and int(person.birth[:4]) != stated:
            message = "Năm sinh khác với năm trong số định danh. Hãy kiểm tra lại với thẻ căn cước."
            self._warn(person.row, "citizen_id", Oddity("birth_differs", message))
        if not cells.id_is_plausible(person.citizen_id):
            message = "Ba số đầu của số định danh không phải mã tỉnh nào. Hãy kiểm tra lại với thẻ căn cước."
            self._warn(person.row, "citizen_id", Oddity("id_odd", message))

    def _hamlet_of(self, row: Sequence[Any], address: str) -> str:
        named = hamlet_name(self._value(row, "hamlet"), self.heading.titles.get("hamlet", ""))
        if not named or "," in named:  # a whole address: "12 Trần Hưng Đạo, tổ 5, khu phố 2"
            inside = [found[1].strip() for found in _HAMLET_INSIDE.finditer(named or address)]
            inside.sort(key=lambda text: bool(re.match(r"(?i)tổ\s+\d", text)))  # a tổ is part of a khu phố
            named = hamlet_name(inside[0]) if inside else named
        return named or self.hamlet

    def _categories_of(self, row: Sequence[Any]) -> list[str]:
        words = self._text(row, "category") or self.category
        found = [clean(part) for part in re.split(r"[;\n]", words) if clean(part)]
        return found or ([self.whole_sheet.label] if self.whole_sheet else [])

    def _bank(self, person: ListedPerson, row: Sequence[Any], take: Callable[..., Any]) -> bool | None:
        """A tick, else whether an account is written down and is the person's own."""
        if "bank" in self.heading.columns:
            said: bool | None = take("bank", lambda value: cells.account_mark(value, named=True))
            return said
        holder = fold(self._text(row, "holder"))
        if person.payout == "delegated" or (holder and holder != fold(person.full_name)):
            return None
        written = [self._text(row, k) for k in ("account", "bank_name") if self._text(row, k)]
        return cells.account_mark(written[0], named=True)[0] if written else None

    def _read_note(self, person: ListedPerson, note: str) -> None:
        if re.search(r"\b(khong|ko|chua) (co )?(dien thoai|dt) thong minh|\bsmartphone", note):
            person.special = "no_smartphone"
        if re.search(r"di lai kho|khong di lai|liet|nam mot cho|nam lien|om nang|benh nang|gia yeu", note):
            person.special = "frail"
        if re.search(r"\b(chet|da mat|tu tran|qua doi)\b", note):
            person.gone = "died"
        elif re.search(r"\b(chuyen di|chuyen khau|chuyen noi o)\b", note):
            person.gone = "moved"
        if person.gone:
            message = "Ghi chú nói người này đã mất hoặc đã chuyển đi: sẽ không liên hệ nữa. Hãy kiểm tra lại."
            self._warn(person.row, "note", Oddity("note_gone", message))
        person.mismatch = bool(re.search(r"\b(lech|sai|khong khop|chua khop|khong trung)\b", note))

    def _settle_empty_marks(self, people: list[ListedPerson]) -> None:
        """An empty cell beside ticks means no; a column without any entry says nothing."""
        for meaning, attribute in (("nq418", "nq418"), ("asxh", "asxh"), ("eid", "eid2"), ("eid_level", "eid2"),
                                   ("bank", "bank"), ("account", "bank")):  # fmt: skip
            at = self.heading.columns.get(meaning)
            if at is None or not any(getattr(person, attribute) is not None for person in people):
                continue
            for person in people:
                row = self.rows[person.row - 1]
                empty = at >= len(row) or not clean(row[at])
                if getattr(person, attribute) is not None or not empty:
                    continue
                if meaning == "account" and ("bank" in self.heading.columns or person.payout == "delegated"):
                    continue
                setattr(person, attribute, False)
                if attribute == "eid2":
                    person.eid_level = "below_2"

    def _warn(self, number: int, meaning: str, oddity: Oddity) -> None:
        self.read.warnings.append(self._remark(number, meaning, oddity.code, oddity.message))

    def _remark(self, number: int, meaning: str, code: str, message: str) -> Remark:
        return Remark(self.sheet, number, self.heading.titles.get(meaning, ""), code, message)


class _Rejected(Exception):
    def __init__(self, remark: Remark) -> None:
        self.remark = remark


def _is_numbering(filled: Sequence[Any]) -> bool:
    """The row below the headings that numbers the columns: (1) (2) (3), A B 1 2."""
    texts = [cells.plain(cell) for cell in filled]
    return len(texts) > 2 and all(re.fullmatch(r"\(?(\d{1,2}|[A-Z])\)?(=.*)?", text) for text in texts)


# --- The same person twice ---------------------------------------------------------------------


def _merge(read: ListRead) -> None:
    """One person per citizen id: who stands under two categories is one person with both."""
    first: dict[str, ListedPerson] = {}
    for person in read.people:
        known = first.setdefault(person.citizen_id, person)
        if known is person:
            continue
        if fold(known.full_name) != fold(person.full_name):
            message = f"Số định danh này đã có ở trang {known.sheet}, dòng {known.row} với họ tên khác."
            read.rejected.append(Remark(person.sheet, person.row, "", "id_twice", message))
            continue
        message = f"Người này đã có ở trang {known.sheet}, dòng {known.row}: đã gộp thành một người."
        read.warnings.append(Remark(person.sheet, person.row, "", "person_twice", message))
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
