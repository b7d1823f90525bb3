"""Rows: one sheet's table, row by row: who is a person, and what each cell says of them.

A table is gone through twice, because some cells can only be understood when all of their column was seen
(an empty cell beside ticks, 05/06/1946): first ``survey``, then ``people``. What is no person (titles, group
rows, "Cộng", signatures) is passed over. Messages name a sheet, a row and a column, never a person.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from register import cells
from register.aliases import IGNORED, MEANINGS
from register.categories import recognise
from register.cells import CellError, Oddity
from register.columns import Heading, begins_a_table, find_heading, is_heading_again, letter
from register.hamlets import NUMBERED, hamlet_in_address, hamlet_name, hamlet_of_group, hamlet_of_title
from register.listed import ColumnGuess, Habits, ListedPerson, ListRead, Remark
from register.looks import SEVERITIES, DateHabit
from register.sheets import Sheet
from register.words import clean, fold

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
_NOBODY = {"khong", "khong co", "ko", "k", "chinh chu", "ban than", "tu nhan", "chinh minh", "0", "tu linh"}
_HEAD_OF_HOUSEHOLD = {"chu ho", "ch"}
_TICKS = (("nq418", "nq418"), ("asxh", "asxh"), ("eid", "eid2"), ("eid_level", "eid2"), ("bank", "bank"),
          ("account", "bank"), ("bank_name", "bank"))  # fmt: skip
_FRAIL = re.compile(
    r"di lai kho|khong di lai|\bliet (giuong|nua nguoi|chan|toan than|hai)|\bliet$|tai bien|nam mot cho|nam lien"
    r"|om nang|benh nang|gia yeu"
)
_BIRTHS: tuple[str, ...] = ("birth", "male", "female")
_NOT_DIGITS = re.compile(r"\D")
_ROWS_TOLD = 20_000  # rows between two words of how far the survey is
Take = Callable[..., Any]


class Rejected(Exception):
    """A row that cannot be taken, and why."""

    def __init__(self, remark: Remark) -> None:
        self.remark = remark


@dataclass
class _Part:
    """One table of a sheet, and what the survey found of it as a whole."""

    heading: Heading
    rows: int = 0  # people's
    beside: int = 0  # of them with a word in the column after "Họ và tên"
    dates: dict[str, DateHabit] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)  # attributes of which at least one row says something

    @property
    def split_name(self) -> bool:
        """Whether "Họ và tên" is merged over two columns: "Nguyễn Thị" | "Mai"."""
        return self.beside * 2 > self.rows


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
        self.parts: list[_Part] = []
        self.columns: list[ColumnGuess] = []
        self.read = ListRead()
        above = " ".join(dict.fromkeys(clean(cell) for row in head[: heading.first_row] for cell in row if cell))
        self.whole_sheet = recognise(self.sheet) or recognise(above) if "category" not in heading.columns else None
        titles = [clean(cell) for row in head[: heading.first_row] for cell in row if isinstance(cell, str)]
        named = {hamlet_of_title(title) for title in titles if not _SIGNATURE.match(title)} - {""}
        self.sheet_hamlet = hamlet_of_title(self.sheet) or (named.pop() if len(named) == 1 else "")

    def survey(self, learn: Callable[[str], None]) -> Iterator[int]:
        """Look through all rows. ``learn`` is given each citizen id; yields the number of the row now and then."""
        told = _ROWS_TOLD
        for number, row in self._people_rows(surveying=True):
            part = self.parts[-1]
            part.rows += 1
            if self.name_beside is not None and self.name_beside < len(row):
                cell = row[self.name_beside]
                part.beside += isinstance(cell, str) and bool(clean(cell))
            for meaning, habit in part.dates.items():
                at = self.at[meaning]
                if at < len(row) and row[at]:
                    habit.learn(row[at])
            if any(at < len(row) and row[at] not in ("", None) for at in self.untold):
                self._learn_told(row, number, part)
            try:
                learn(self._id(row))
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
                person = self._person(row, number)
            except Rejected as rejected:
                self.read.rejected.append(rejected.remark)
                continue
            self._settle_empty_marks(person, row)
            yield person

    def _people_rows(self, *, surveying: bool) -> Iterator[tuple[int, Sequence[Any]]]:
        """The rows that are people, with their numbers, counted from 1 as spreadsheets do."""
        self.hamlet = self.category = ""
        self.head_of_household: Sequence[Any] = ()
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
                if self._heads_a_household(row):
                    self.head_of_household = row
                yield index + 1, row

    def _new_part(self, heading: Heading) -> _Part:
        at = heading.columns
        part = _Part(heading, dates={meaning: DateHabit() for meaning in _BIRTHS if meaning in at})
        self.parts.append(part)
        used = set(at.values()) | {at for found in heading.options.values() for at, _ in found}
        used |= {at for found in heading.spare.values() for at in found}
        self.columns += [
            ColumnGuess(
                self.sheet, c.at, letter(c.at), c.title, c.said, MEANINGS.get(c.said, "Chưa rõ"),
                c.at in used and c.said not in ("", IGNORED),
            )
            for c in heading.every
        ]  # fmt: skip
        return part

    def _use(self, part: _Part) -> None:
        """Read on with this heading: the first, or that of a further table below it."""
        self.part, self.heading, self.at = part, part.heading, part.heading.columns
        name = self.at.get("name")
        self.name_beside = name + 1 if name is not None and name + 1 not in self.heading.headed else None
        self.split_name = self.name_beside is not None and part.split_name
        self.month_first = {meaning: habit.month_first for meaning, habit in part.dates.items()}
        self.swapped = {meaning: habit.swapped for meaning, habit in part.dates.items()}
        self.category_title = fold(self.heading.titles.get("category"))
        self.has_birth = bool(self.at.keys() & {*_BIRTHS, "birth_year"})
        self.ticks = [(meaning, attribute) for meaning, attribute in _TICKS if meaning in self.at]
        self._find_untold()

    def _find_untold(self) -> None:
        """The columns that may still tell of something of which no row has told yet."""
        meanings = [meaning for meaning, attribute in self.ticks if attribute not in self.part.told]
        if "account" in meanings:
            meanings.append("bank_name")
        if "active" in self.at and "active" not in self.part.told:
            meanings.append("active")
        if "female" in self.at and "sex" not in self.part.told:
            meanings.append("female")
        found = {self.at[meaning] for meaning in meanings if meaning in self.at}
        found |= {at for meaning in meanings for at in self.heading.spare.get(meaning, ())}
        self.untold = found | {at for meaning in meanings for at, _ in self.heading.options.get(meaning, ())}

    def _learn_told(self, row: Sequence[Any], number: int, part: _Part) -> None:
        try:
            person = self._person(row, number)
        except Rejected:
            said = {a for m, a in self.ticks if cells.account_mark(self._value(row, m))[0] is not None}
        else:
            said = {attribute for _, attribute in self.ticks if getattr(person, attribute) is not None}
            said |= {"sex"} if person.sex else set()
            said |= {"active"} if cells.mark(self._text(row, "active"))[0] else set()
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
        own = [k for k in ("birth", "male", "female", "phone") if re.search(r"\d{4}", self._text(row, k))]
        if self.ended and not own:
            return False
        given = re.search(r"\d{4}|\d[eE]\+", self._text(row, "citizen_id")) is not None
        if not own and not given and self._is_group(row, texts, len(filled)):
            return False
        return bool(own or given or self._name(row) or (self._text(row, "citizen_id") and len(filled) > 2))

    def _is_group(self, row: Sequence[Any], texts: list[str], filled: int) -> bool:
        """A row above a group: its hamlet or category holds for the rows below."""
        for text in texts:
            hamlet = hamlet_of_group(text)
            if hamlet:
                self.hamlet = hamlet
                return True
        named = [text for text in texts if len(text) > 4 and recognise(text)]
        if named:
            self.category = _GROUP_COUNT.sub("", _GROUP_NUMBER.sub("", named[0]))
            return True
        return filled == 1 and not _NAME_ALONE.fullmatch(clean(self._name(row)))

    # What a row says

    def _value(self, row: Sequence[Any], meaning: str) -> Any:
        """The cell of a meaning; where a tick in one of several columns is the answer, that column's words."""
        if meaning in self.heading.options:
            return self._ticked(row, self.heading.options[meaning], meaning)
        at = self.at.get(meaning)
        if at is None or at >= len(row):
            return ""
        value = row[at]
        if meaning in self.heading.spare and value in ("", None):
            for other in self.heading.spare[meaning]:
                if other < len(row) and row[other] not in ("", None):
                    return self._spare(row[other], meaning)
        return value

    def _spare(self, value: Any, meaning: str) -> Any:
        """A further column's cell; a 9-digit old card is no citizen id where there is a column for that."""
        if meaning == "citizen_id" and len(re.sub(r"\D", "", cells.plain(value))) < 10 and not self.habits.old_cards:
            return ""
        return value

    def _ticked(self, row: Sequence[Any], options: tuple[tuple[int, str], ...], meaning: str) -> str:
        said = []
        for at, words in options:
            value = row[at] if at < len(row) else ""
            text = cells.plain(value)
            if not text or (cells.mark(text)[0] is False and (text == "0" or not text.isalpha())):
                continue
            answer = cells.mark(text)[0]
            if meaning == "category":
                said.append(text if answer is None else words)
            elif answer is False:  # "chưa" below "Chưa có" says the same as a tick there; "không" below "Có" does not
                said.append(words if words.startswith("chua") else "chua")
            elif answer is True or cells.account_mark(text, named=True)[0]:
                ways = cells.payout(text)[0] if meaning == "payout" else ""
                said.append(text if ways else words)
        return said[0] if len(said) == 1 else ("; " if meaning == "category" else " / ").join(said)

    def _text(self, row: Sequence[Any], meaning: str) -> str:
        return cells.plain(self._value(row, meaning)) if meaning in self.at else ""

    def _name(self, row: Sequence[Any]) -> str:
        if "name" in self.at and not self.split_name:
            value = self._value(row, "name")
            return value if isinstance(value, str) else cells.plain(value)
        if self.split_name:
            at = self.at["name"]
            return f"{clean(row[at])} {clean(row[at + 1]) if at + 1 < len(row) else ''}".strip()
        at_middle = self.heading.spare.get("family", ()) if "family" in self.at else ()
        middle = [cells.plain(row[at]) for at in at_middle if at < len(row)]  # Họ | Chữ đệm | Tên
        return " ".join([self._text(row, "family"), *middle, self._text(row, "given")]).strip()

    def _is_one_of(self, row: Sequence[Any], ids: Collection[int]) -> bool:
        try:
            return int(self._id(row)) in ids
        except CellError:
            return False

    def _id(self, row: Sequence[Any]) -> str:
        return cells.citizen_id(self._value(row, "citizen_id"), old_cards=self.habits.old_cards)

    def _person(self, row: Sequence[Any], number: int) -> ListedPerson:
        def take(meaning: str, read: Callable[[Any], tuple[Any, Oddity | None]]) -> Any:
            said, oddity = read(self._value(row, meaning) if meaning in self.at else "")
            if oddity:
                self._warn(number, meaning, oddity)
            return said

        person = ListedPerson("", "", sheet=self.sheet, row=number)
        try:
            meaning = "name" if "name" in self.at else "family"
            named, born = (self._name(row), "") if self.has_birth else cells.split_birth(self._name(row))
            person.full_name = cells.name(named)
            meaning = "citizen_id"
            person.citizen_id = self._id(row)
        except CellError as error:
            raise Rejected(self._remark(number, meaning, error.code, error.message)) from None
        self._birth_and_sex(person, row, take, born)
        person.phone = take("phone", cells.phone)
        person.address = self._text(row, "address")
        person.hamlet = self._hamlet_of(row, person.address)
        person.categories = self._categories_of(row)
        person.nq418 = take("nq418", self._mark("nq418", cells.mark))
        person.asxh = take("asxh", self._mark("asxh", cells.account_mark))
        person.eid_level = take("eid", cells.eid) or take("eid_level", cells.eid_level)
        if person.eid_level == "2_active" and self._not_activated(row):
            person.eid_level = "2_granted"
        person.eid2 = person.eid_level == "2_active" if person.eid_level else None
        payee = fold(self._text(row, "payee"))
        delegated = payee and payee not in _NOBODY and payee != fold(person.full_name)
        person.payout = "delegated" if delegated else take("payout", cells.payout)
        person.bank = self._bank(person, row, take)
        self._read_note(person, fold(self._text(row, "note")))
        return person

    def _birth_and_sex(self, person: ListedPerson, row: Sequence[Any], take: Take, born: str) -> None:
        stated = cells.birth_year_of(person.citizen_id)

        def birth(meaning: str) -> Callable[[Any], tuple[str, Oddity | None]]:
            month_first, swapped = self.month_first.get(meaning, False), self.swapped.get(meaning, False)

            def read(value: Any) -> tuple[str, Oddity | None]:
                if swapped and hasattr(value, "day") and value.day <= 12:
                    value = value.replace(day=value.month, month=value.day)
                return cells.birth(value, self.this_year, month_first=month_first, hint=stated)

            return read

        person.sex = cells.sex(self._value(row, "sex"), self.heading.titles["sex"]) if "sex" in self.at else ""
        person.birth = take("birth", birth("birth")) or self._birth_of_parts(row) or birth("name")(born)[0]
        for meaning, sex in (("male", "nam"), ("female", "nữ")):  # a year below "Nam" or "Nữ", or a tick
            text = self._text(row, meaning)
            if not text or (said := cells.mark(text)[0]) is False:
                continue
            person.sex = person.sex or sex
            if not said:
                person.birth = person.birth or take(meaning, birth(meaning))
        if stated and person.birth and int(person.birth[:4]) != stated:
            if len(_NOT_DIGITS.sub("", self._text(row, "citizen_id"))) == 10:  # two zeros lost, or one and a digit
                raise Rejected(self._remark(person.row, "citizen_id", *cells.BAD_LENGTH))
            message = "Năm sinh khác với năm trong số định danh. Hãy kiểm tra lại với thẻ căn cước."
            self._warn(person.row, "citizen_id", Oddity("birth_differs", message))
        if stated and (not cells.id_is_plausible(person.citizen_id) or stated > self.this_year):
            message = "Mã tỉnh hoặc năm sinh trong số định danh không có thật. Hãy kiểm tra lại với thẻ căn cước."
            self._warn(person.row, "citizen_id", Oddity("id_odd", message))
        elif stated and person.sex and person.sex != cells.sex_of(person.citizen_id):
            message = "Giới tính khác với số định danh. Hãy kiểm tra lại với thẻ căn cước."
            self._warn(person.row, "citizen_id", Oddity("sex_differs", message))
        if not stated and not person.birth:
            message = "Người chỉ có CMND phải ghi năm sinh. Hãy bổ sung năm sinh hoặc số định danh 12 chữ số."
            raise Rejected(self._remark(person.row, "birth", "birth_missing", message))

    def _birth_of_parts(self, row: Sequence[Any]) -> str:
        """A birth that stands in three columns: Ngày | Tháng | Năm."""
        if "birth_year" not in self.at:
            return ""
        parts = [self._text(row, k) for k in ("birth_day", "birth_month", "birth_year")]
        whole = cells.birth("/".join(parts), self.this_year)[0] if all(parts) else ""
        return whole or cells.birth(parts[2], self.this_year)[0]

    def _hamlet_of(self, row: Sequence[Any], address: str) -> str:
        named = ""
        if "hamlet" in self.at:
            named = hamlet_name(self._value(row, "hamlet"), self.heading.titles["hamlet"])
        if not named or "," in named or re.search(r"(?i)\b(xã|phường)\s", named):  # a whole address
            named = hamlet_in_address(named or address) or named
        named = named or self.hamlet or self.sheet_hamlet
        head = self.head_of_household
        return named if named or not head or row is head else self._hamlet_of(head, self._text(head, "address"))

    def _not_activated(self, row: Sequence[Any]) -> bool:
        """Whether the column "Kích hoạt" beside the level says no, or is empty beside ticks."""
        text = self._text(row, "active")
        return cells.mark(text)[0] is False if text else "active" in self.part.told

    def _heads_a_household(self, row: Sequence[Any]) -> bool:
        """Whether the rows below without a number, or with a word of how they are related, belong to this row."""
        if "relation" in self.at:
            return fold(self._text(row, "relation")) in _HEAD_OF_HOUSEHOLD
        at = self.at.get("number", len(row))
        return at < len(row) and row[at] not in ("", None)

    def _categories_of(self, row: Sequence[Any]) -> list[str]:
        words = self._text_with_lines(row, "category") or self.category
        found = [clean(part) for part in re.split(r"[;\n]", words) if clean(part)]
        disabled = "khuyet tat" in self.category_title  # "Nặng" below "Mức độ khuyết tật"
        for n, part in enumerate(found):
            severity = SEVERITIES.get(fold(part), part.casefold() if disabled and not recognise(part) else "")
            found[n] = f"Khuyết tật {severity}" if severity else part
        return found or ([self.whole_sheet.label] if self.whole_sheet else [])

    def _text_with_lines(self, row: Sequence[Any], meaning: str) -> str:
        value = self._value(row, meaning) if meaning in self.at else ""
        return value if isinstance(value, str) and clean(value) else cells.plain(value)

    def _bank(self, person: ListedPerson, row: Sequence[Any], take: Take) -> bool | None:
        """A tick, else whether an account is written down and is the person's own."""
        if "bank" in self.at:
            said: bool | None = take("bank", self._mark("bank", cells.account_mark))
            return said
        holder = fold(self._text(row, "holder"))
        if person.payout == "delegated" or (holder and holder not in _NOBODY and holder != fold(person.full_name)):
            return None
        written = [self._text(row, k) for k in ("account", "bank_name") if self._text(row, k)]
        return cells.account_mark(written[0], named=True)[0] if written else None

    def _mark(self, meaning: str, read: Take) -> Take:
        asked = self.heading.asked.get(meaning, "")
        return lambda value: read(value, asked)

    def _read_note(self, person: ListedPerson, note: str) -> None:
        if not note:
            return
        if re.search(r"\b(khong|ko|chua) (co |dung |su dung )?(dien thoai|dt) thong minh|\bsmartphone", note):
            person.special = "no_smartphone"
        if _FRAIL.search(note):
            person.special = "frail"
        if re.search(r"\b(chet|da mat|tu tran|qua doi|bao tu)\b|^mat( ngay| thang| nam| \d|$)", note):
            person.gone = "died"
        elif re.search(r"\b(da chuyen|chuyen di|chuyen khau|chuyen noi o|chuyen ho khau|chuyen den)\b", note):
            person.gone = "moved"
        if person.gone:
            message = "Ghi chú nói người này đã mất hoặc đã chuyển đi: sẽ không liên hệ nữa. Hãy kiểm tra lại."
            self._warn(person.row, "note", Oddity("note_gone", message))
        person.mismatch = bool(re.search(r"\b(lech|sai|khong khop|chua khop|khong trung)\b", note))

    def _settle_empty_marks(self, person: ListedPerson, row: Sequence[Any]) -> None:
        """An empty cell beside ticks means no; a column without any entry says nothing.

        Where "Có" and "Chưa" have a column each, a row without a tick says nothing either.
        """
        for meaning, attribute in self.ticks:
            if getattr(person, attribute) is not None or attribute not in self.part.told:
                continue
            if any(words.startswith(("chua", "khong", "muc")) for _, words in self.heading.options.get(meaning, ())):
                continue
            if str(self._value(row, meaning) or "").strip("\xa0 "):
                continue
            if meaning in ("account", "bank_name") and ("bank" in self.at or person.payout == "delegated"):
                continue
            if meaning == "bank_name" and "account" in self.at:
                continue
            setattr(person, attribute, False)
            if attribute == "eid2":
                person.eid_level = "below_2"
        if not person.sex and "female" in self.at and not {"male", "sex"} & set(self.at) and "sex" in self.part.told:
            person.sex = "nam"  # "Nữ" alone is a column of ticks: who has none is a man

    def _warn(self, number: int, meaning: str, oddity: Oddity) -> None:
        self.read.warnings.append(self._remark(number, meaning, oddity.code, oddity.message))

    def _remark(self, number: int, meaning: str, code: str, message: str) -> Remark:
        return Remark(self.sheet, number, self.heading.titles.get(meaning, ""), code, message)


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
