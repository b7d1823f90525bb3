"""Reading: what one row says of its person, under the headings of its table.

Messages name a sheet, a row and a column, never a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from register import cells
from register.categories import Category, recognise
from register.cells import CellError, Oddity
from register.clear import LETTERS, holds_number
from register.columns import Heading
from register.hamlets import hamlet_in_address, hamlet_name
from register.listed import ListedPerson, Remark
from register.looks import SEVERITIES, DateHabit
from register.words import clean, fold

_NOBODY = {"khong", "khong co", "ko", "k", "chinh chu", "ban than", "tu nhan", "chinh minh", "0", "tu linh"}
_HEAD_OF_HOUSEHOLD = {"chu ho", "ch"}
_TICKS = (("nq418", "nq418"), ("asxh", "asxh"), ("eid", "eid2"), ("eid_level", "eid2"), ("bank", "bank"),
          ("account", "bank"), ("bank_name", "bank"))  # fmt: skip
_FRAIL = re.compile(
    r"di lai kho|khong di lai|\bliet (giuong|nua nguoi|chan|toan than|hai)|\bliet$|tai bien|nam mot cho|nam lien"
    r"|om nang|benh nang|gia yeu"
)
BIRTHS: tuple[str, ...] = ("birth", "male", "female")
CELL_LETTERS = 2_000  # of a cell that is read; what comes behind is no honest list's
_HAMLET_BAD = Oddity(
    "hamlet_bad", "Ô thôn, khu phố có số của người dân hoặc quá dài nên đã để trống. Hãy chỉ ghi tên thôn, khu phố."
)
_NOT_DIGITS = re.compile(r"\D")
Take = Callable[..., Any]


class Rejected(Exception):
    """A row that cannot be taken, and why."""

    def __init__(self, remark: Remark) -> None:
        self.remark = remark


@dataclass
class Part:
    """One table of a sheet, and what the survey found of it as a whole."""

    heading: Heading
    rows: int = 0  # people's
    beside: int = 0  # of them with a word in the column after "Họ và tên"
    dates: dict[str, DateHabit] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)  # attributes of which at least one row says something

    @cached_property
    def name_beside(self) -> int | None:
        """The column after "Họ và tên", where nobody headed it."""
        at = self.heading.columns.get("name")
        return at + 1 if at is not None and at + 1 not in self.heading.headed else None

    @property
    def split_name(self) -> bool:
        """Whether "Họ và tên" is merged over two columns: "Nguyễn Thị" | "Mai"."""
        return self.name_beside is not None and self.beside * 2 > self.rows


@dataclass
class Above:
    """What holds for a row because of what stands above it."""

    sheet_hamlet: str = ""  # in the sheet's name or its titles
    whole_sheet: Category | None = None
    hamlet: str = ""  # in the last group row
    category: str = ""
    head_of_household: Sequence[Any] = ()


class Reader:
    """Reads the rows of one table, once what the survey found of it is known. What is odd goes to ``warn``."""

    def __init__(
        self, sheet: str, part: Part, above: Above, warn: Callable[[Remark], None], *, this_year: int, old_cards: bool
    ) -> None:
        self.sheet, self.part, self.above, self.warn = sheet, part, above, warn
        self.this_year, self.old_cards = this_year, old_cards
        self.heading, self.at = part.heading, part.heading.columns
        self.split_name = part.split_name
        self.month_first = {meaning: habit.month_first for meaning, habit in part.dates.items()}
        self.swapped = {meaning: habit.swapped for meaning, habit in part.dates.items()}
        self.category_title = fold(self.heading.titles.get("category"))
        self.has_birth = bool(self.at.keys() & {*BIRTHS, "birth_year"})
        self.ticks = [(meaning, attribute) for meaning, attribute in _TICKS if meaning in self.at]

    def value(self, row: Sequence[Any], meaning: str) -> Any:
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
        return value[:CELL_LETTERS] if type(value) is str and len(value) > CELL_LETTERS else value

    def _spare(self, value: Any, meaning: str) -> Any:
        """A further column's cell; a 9-digit old card is no citizen id where there is a column for that."""
        if meaning == "citizen_id" and len(re.sub(r"\D", "", cells.plain(value))) < 10 and not self.old_cards:
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
            elif answer is False and words == "chua" and fold(text) in ("khong", "ko", "k"):
                continue  # below "Chưa có" that may mean either
            elif answer is False:  # "chưa" below "Chưa có" says the same as a tick there; "không" below "Có" does not
                said.append(words if words.startswith("chua") else "chua")
            elif answer is True or cells.account_mark(text, named=True)[0]:
                ways = cells.payout(text)[0] if meaning == "payout" else ""
                said.append(text if ways else words)
        return said[0] if len(said) == 1 else ("; " if meaning == "category" else " / ").join(said)

    def text(self, row: Sequence[Any], meaning: str) -> str:
        return cells.plain(self.value(row, meaning)) if meaning in self.at else ""

    def name(self, row: Sequence[Any]) -> str:
        if "name" in self.at and not self.split_name:
            value = self.value(row, "name")
            return value if isinstance(value, str) else cells.plain(value)
        if self.split_name:
            at = self.at["name"]
            return f"{clean(row[at])} {clean(row[at + 1]) if at + 1 < len(row) else ''}".strip()
        at_middle = self.heading.spare.get("family", ()) if "family" in self.at else ()
        middle = [cells.plain(row[at]) for at in at_middle if at < len(row)]  # Họ | Chữ đệm | Tên
        return " ".join([self.text(row, "family"), *middle, self.text(row, "given")]).strip()

    def citizen_id(self, row: Sequence[Any]) -> str:
        return cells.citizen_id(self.value(row, "citizen_id"), old_cards=self.old_cards)

    def person(self, row: Sequence[Any], number: int) -> ListedPerson:
        def take(meaning: str, read: Callable[[Any], tuple[Any, Oddity | None]]) -> Any:
            said, oddity = read(self.value(row, meaning) if meaning in self.at else "")
            if oddity:
                self._warn(number, meaning, oddity)
            return said

        person = ListedPerson("", "", sheet=self.sheet, row=number)
        try:
            meaning = "name" if "name" in self.at else "family"
            named, born = (self.name(row), "") if self.has_birth else cells.split_birth(self.name(row))
            person.full_name = cells.name(named)
            meaning = "citizen_id"
            person.citizen_id = self.citizen_id(row)
        except CellError as error:
            raise Rejected(self._remark(number, meaning, error.code, error.message)) from None
        self._birth_and_sex(person, row, take, born)
        person.phone = take("phone", cells.phone)
        person.address = self.text(row, "address")
        person.hamlet = self._hamlet_of(row, person.address)
        if len(person.hamlet) > LETTERS or holds_number(person.hamlet):  # a hamlet's name lies in the clear
            self._warn(number, "hamlet", _HAMLET_BAD)
            person.hamlet = ""
        person.categories = self._categories_of(row)
        person.nq418 = take("nq418", self._mark("nq418", cells.mark))
        person.asxh = take("asxh", self._mark("asxh", cells.account_mark))
        person.eid_level = take("eid_level", cells.eid_level) or take("eid", self._mark("eid", cells.eid))
        if person.eid_level == "2_active" and self._not_activated(row):
            person.eid_level = "2_granted"
        person.eid2 = person.eid_level == "2_active" if person.eid_level else None
        payee = fold(self.text(row, "payee"))
        delegated = payee and payee not in _NOBODY and payee != fold(person.full_name)
        person.payout = "delegated" if delegated else take("payout", cells.payout)
        person.bank = self._bank(person, row, take)
        self._read_note(person, fold(self.text(row, "note")))
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

        person.sex = cells.sex(self.value(row, "sex"), self.heading.titles["sex"]) if "sex" in self.at else ""
        person.birth = take("birth", birth("birth")) or self._birth_of_parts(row) or birth("name")(born)[0]
        for meaning, sex in (("male", "nam"), ("female", "nữ")):  # a year below "Nam" or "Nữ", or a tick
            text = self.text(row, meaning)
            said = None if len(_NOT_DIGITS.sub("", text)) >= 4 else cells.mark(text)[0]
            if not text or said is False:
                continue
            person.sex = person.sex or sex
            if not said:
                person.birth = person.birth or take(meaning, birth(meaning))
        if stated and person.birth and int(person.birth[:4]) != stated:
            if len(_NOT_DIGITS.sub("", self.text(row, "citizen_id"))) == 10:  # two zeros lost, or one and a digit
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
        parts = [self.text(row, k) for k in ("birth_day", "birth_month", "birth_year")]
        whole = cells.birth("/".join(parts), self.this_year)[0] if all(parts) else ""
        return whole or cells.birth(parts[2], self.this_year)[0]

    def _hamlet_of(self, row: Sequence[Any], address: str) -> str:
        named = ""
        if "hamlet" in self.at:
            named = hamlet_name(self.value(row, "hamlet"), self.heading.titles["hamlet"])
        if not named or "," in named or re.search(r"(?i)\b(xã|phường)\s", named):  # a whole address
            named = hamlet_in_address(named or address) or named
        named = named or self.above.hamlet or self.above.sheet_hamlet
        head = self.above.head_of_household
        return named if named or not head or row is head else self._hamlet_of(head, self.text(head, "address"))

    def _not_activated(self, row: Sequence[Any]) -> bool:
        """Whether the column "Kích hoạt" beside the level says no, or is empty beside ticks."""
        text = self.text(row, "active")
        return cells.mark(text)[0] is False if text else "active" in self.part.told

    def heads_a_household(self, row: Sequence[Any]) -> bool:
        """Whether the rows below without a number, or with a word of how they are related, belong to this row."""
        if "relation" in self.at:
            return fold(self.text(row, "relation")) in _HEAD_OF_HOUSEHOLD
        at = self.at.get("number", len(row))
        return at < len(row) and row[at] not in ("", None)

    def _categories_of(self, row: Sequence[Any]) -> list[str]:
        words = self._text_with_lines(row, "category") or self.above.category
        found = [clean(part) for part in re.split(r"[;\n]", words) if clean(part)]
        disabled = "khuyet tat" in self.category_title  # "Nặng" below "Mức độ khuyết tật"
        for n, part in enumerate(found):
            severity = SEVERITIES.get(fold(part), part.casefold() if disabled and not recognise(part) else "")
            found[n] = f"Khuyết tật {severity}" if severity else part
        return found or ([self.above.whole_sheet.label] if self.above.whole_sheet else [])

    def _text_with_lines(self, row: Sequence[Any], meaning: str) -> str:
        value = self.value(row, meaning) if meaning in self.at else ""
        return value if isinstance(value, str) and clean(value) else cells.plain(value)

    def _bank(self, person: ListedPerson, row: Sequence[Any], take: Take) -> bool | None:
        """A tick, else whether an account is written down and is the person's own."""
        if "bank" in self.at:
            said: bool | None = take("bank", self._mark("bank", cells.account_mark))
            return said
        holder = fold(self.text(row, "holder"))
        if person.payout == "delegated" or (holder and holder not in _NOBODY and holder != fold(person.full_name)):
            return None
        written = [self.text(row, k) for k in ("account", "bank_name") if self.text(row, k)]
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

    def settle_empty_marks(self, person: ListedPerson, row: Sequence[Any]) -> None:
        """An empty cell beside ticks means no; a column without any entry says nothing.

        Where "Có" and "Chưa" have a column each, a row without a tick says nothing either.
        """
        for meaning, attribute in self.ticks:
            if getattr(person, attribute) is not None or attribute not in self.part.told:
                continue
            if any(words.startswith(("chua", "khong", "muc")) for _, words in self.heading.options.get(meaning, ())):
                continue
            if str(self.value(row, meaning) or "").strip("\xa0 "):
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
        self.warn(self._remark(number, meaning, oddity.code, oddity.message))

    def _remark(self, number: int, meaning: str, code: str, message: str) -> Remark:
        return Remark(self.sheet, number, self.heading.titles.get(meaning, ""), code, message)
