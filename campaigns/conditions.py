"""Conditions (điều kiện): whom a campaign concerns, as data that an officer puts together.

Each condition is a frozen record with two faces: ``sql`` over Person and Standing for the set, ``applies`` for one
person. A test on both databases proves them equal. "Unknown" is a value like any other and never means "no". As JSON:

    [{"is": "fact", "fact": "bank_account", "values": ["no", "unknown"]}, {"is": "age", "least": 60}]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, ClassVar

import orjson
from sqlalchemy import ColumnElement, and_, exists, func, or_, true
from sqlmodel import Session, col, select

from campaigns.states import AttemptResult, DeliveryState
from campaigns.tables import Attempt, Campaign, Delivery
from register.categories import CATEGORIES
from register.errors import BadInput
from register.facts import VALUES
from register.home import VIETNAM
from register.tables import Contact, Person, PersonCategory, PersonContact, Standing

CHATS = {"zalo": ("zalo",), "telegram": ("telegram",), "other": ("zalo_bot",)}  # a web page cannot be written to
REACHED = (AttemptResult.ACCEPTED, AttemptResult.UNKNOWN)  # unknown counts too: it may have arrived
MOST = 12  # conditions of one campaign; more than that nobody understands any more
MOST_DAYS, OLDEST = 365, 130

FACTS = {
    "nq418": "Trong danh sách NQ 418",
    "data_matched": "Thông tin khớp dữ liệu dân cư",
    "eid_level": "Định danh điện tử",
    "bank_account": "Tài khoản ngân hàng",
    "asxh_account": "Tài khoản ASXH trên VNeID",
    "payout": "Cách nhận tiền",
    "receipt_confirmed": "Đã xác nhận nhận tiền",
    "special": "Trường hợp cần giúp riêng",
}
VALUE_WORDS = {
    "yes": "có",
    "no": "chưa có",
    "unknown": "chưa rõ",
    "2_active": "mức 2, đã kích hoạt",
    "2_granted": "mức 2, chưa kích hoạt",
    "below_2": "chưa có mức 2",
    "1": "mức 1",
    "0": "chưa có",
    "cash": "tiền mặt",
    "own_account": "qua tài khoản của mình",
    "delegated": "người được ủy quyền nhận",
    "asxh": "qua tài khoản ASXH",
    "no_smartphone": "không có điện thoại thông minh",
    "frail": "đau yếu, khó đi lại",
    "child": "trẻ em",
    "delegate": "có người giám hộ, ủy quyền",
}
WAYS = {
    "zalo": "có Zalo",
    "telegram": "có Telegram",
    "other": "có kênh chat khác",
    "phone": "chỉ có số điện thoại",
    "none": "chưa có cách liên lạc nào",
}
OUTCOMES = {
    "answered": "đã nhận tin và có trả lời",
    "silent": "đã nhận tin, chưa trả lời",
    "waiting": "đang chờ gửi",
    "failed": "gửi không được",
    "unknown": "không rõ đã tới",
    "visit": "được đến nhà",
    "skipped": "không được nhắn",
    "none": "không thuộc đợt đó",
}


@dataclass(frozen=True)
class Someone:
    """One person as conditions see them. ``ways``: keys of WAYS; ``earlier``: campaign → key of OUTCOMES."""

    facts: Mapping[str, str] = field(default_factory=dict)
    categories: frozenset[str] = frozenset()
    hamlet: str = ""
    birth_year: int | None = None
    ways: frozenset[str] = frozenset({"none"})
    written_at: datetime | None = None  # the newest campaign message that arrived, or may have
    earlier: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """What all conditions share: their JSON, and that they are sound."""

    name: ClassVar[str]

    def sql(self, now: datetime) -> ColumnElement[bool]:
        """The face for the set, over Person and Standing. Never NULL."""
        raise NotImplementedError

    def applies(self, someone: Someone, now: datetime) -> bool:
        """The face for one."""
        raise NotImplementedError

    def words(self, names: Mapping[str, str] | None = None) -> str:
        """As an officer reads it. ``names``: hamlet code or campaign id → name."""
        raise NotImplementedError

    def check(self) -> None:
        """BadInput with one sentence when this can be no condition."""

    def to_json(self) -> dict[str, Any]:
        return {"is": self.name, **{key: _plain(value) for key, value in asdict(self).items()}}


@dataclass(frozen=True)
class Known(Condition):
    """The current value of a fact is one of these; ``unknown`` is one of them only when it is named."""

    name: ClassVar[str] = "fact"
    fact: str
    values: tuple[str, ...]

    def sql(self, now: datetime) -> ColumnElement[bool]:
        return col(getattr(Standing, self.fact)).in_(self.values)

    def applies(self, someone: Someone, now: datetime) -> bool:
        return someone.facts.get(self.fact, "unknown") in self.values

    def words(self, names: Mapping[str, str] | None = None) -> str:
        return f"{FACTS[self.fact]}: {' hoặc '.join(VALUE_WORDS[value] for value in self.values)}"

    def check(self) -> None:
        if self.fact not in VALUES:
            raise BadInput(f"Không có thông tin “{self.fact}”. Hãy chọn một trong: {', '.join(VALUES)}.")
        wrong = [value for value in self.values if value not in VALUES[self.fact]]
        if wrong or not self.values:
            raise BadInput(f"“{FACTS[self.fact]}” phải là một hay vài giá trị trong: {', '.join(VALUES[self.fact])}.")


@dataclass(frozen=True)
class Category(Condition):
    """The person is under one of these categories (register.categories)."""

    name: ClassVar[str] = "category"
    codes: tuple[str, ...]

    def sql(self, now: datetime) -> ColumnElement[bool]:
        theirs = col(PersonCategory.person) == Person.id
        return exists(select(PersonCategory.person).where(theirs, col(PersonCategory.code).in_(self.codes)))

    def applies(self, someone: Someone, now: datetime) -> bool:
        return bool(someone.categories & set(self.codes))

    def words(self, names: Mapping[str, str] | None = None) -> str:
        return f"Loại: {' hoặc '.join(CATEGORIES[code].label for code in self.codes)}"

    def check(self) -> None:
        if not self.codes or any(code not in CATEGORIES for code in self.codes):
            raise BadInput(f"Loại người hưởng phải là một hay vài mã trong: {', '.join(CATEGORIES)}.")


@dataclass(frozen=True)
class Hamlet(Condition):
    """The person lives in one of these hamlets; "": of whom no hamlet is known."""

    name: ClassVar[str] = "hamlet"
    codes: tuple[str, ...]

    def sql(self, now: datetime) -> ColumnElement[bool]:
        return func.coalesce(Person.hamlet, "").in_(self.codes)

    def applies(self, someone: Someone, now: datetime) -> bool:
        return someone.hamlet in self.codes

    def words(self, names: Mapping[str, str] | None = None) -> str:
        called = [(names or {}).get(code, code) or "chưa rõ địa bàn" for code in self.codes]
        return f"Ở {' hoặc '.join(called)}"

    def check(self) -> None:
        if not self.codes:
            raise BadInput("Hãy chọn ít nhất một thôn, khu phố.")


@dataclass(frozen=True)
class Age(Condition):
    """Years by the year of birth. ``unknown``: those of whom no year is known belong too."""

    name: ClassVar[str] = "age"
    least: int | None = None
    most: int | None = None
    unknown: bool = False

    def sql(self, now: datetime) -> ColumnElement[bool]:
        year, born = now.astimezone(VIETNAM).year, col(Person.birth_year)
        parts: list[ColumnElement[bool]] = [born.is_not(None)]
        parts += [born <= year - self.least] if self.least is not None else []
        parts += [born >= year - self.most] if self.most is not None else []
        known = and_(*parts)
        return or_(known, born.is_(None)) if self.unknown else known

    def applies(self, someone: Someone, now: datetime) -> bool:
        if someone.birth_year is None:
            return self.unknown
        age = now.astimezone(VIETNAM).year - someone.birth_year
        return (self.least is None or age >= self.least) and (self.most is None or age <= self.most)

    def words(self, names: Mapping[str, str] | None = None) -> str:
        bounds = [f"từ {self.least}"] if self.least is not None else []
        bounds += [f"đến {self.most}"] if self.most is not None else []
        return f"Tuổi {' '.join(bounds)}{' hoặc chưa rõ năm sinh' if self.unknown else ''}"

    def check(self) -> None:
        bounds = [bound for bound in (self.least, self.most) if bound is not None]
        if not bounds or any(type(bound) is not int or not 0 <= bound <= OLDEST for bound in bounds):
            raise BadInput(f"Tuổi phải là một số từ 0 đến {OLDEST}.")
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            raise BadInput("Tuổi “từ” phải nhỏ hơn hoặc bằng tuổi “đến”.")


@dataclass(frozen=True)
class Reach(Condition):
    """By which ways the person can be reached: any of these (WAYS). A chat that blocked us is none."""

    name: ClassVar[str] = "reach"
    ways: tuple[str, ...]

    def sql(self, now: datetime) -> ColumnElement[bool]:
        chat = _contact(*(channel for channels in CHATS.values() for channel in channels), linked=True)
        phone = _contact("phone", linked=False)
        if {"phone", "none"} <= set(self.ways):  # whoever has no chat: one question instead of four
            rest = [_contact(*CHATS[way], linked=True) for way in self.ways if way in CHATS]
            return or_(~chat, *rest)
        tests = {way: _contact(*channels, linked=True) for way, channels in CHATS.items()}
        tests |= {"phone": and_(phone, ~chat), "none": and_(~phone, ~chat)}
        return or_(*(tests[way] for way in self.ways))

    def applies(self, someone: Someone, now: datetime) -> bool:
        return bool(someone.ways & set(self.ways))

    def words(self, names: Mapping[str, str] | None = None) -> str:
        return f"Liên lạc: {' hoặc '.join(WAYS[way] for way in self.ways)}"

    def check(self) -> None:
        if not self.ways or any(way not in WAYS for way in self.ways):
            raise BadInput(f"Cách liên lạc phải là một hay vài cách trong: {', '.join(WAYS)}.")


@dataclass(frozen=True)
class Written(Condition):
    """Some campaign wrote to the person in the last ``days`` days, or (``yes`` False) none did."""

    name: ClassVar[str] = "written"
    days: int
    yes: bool = False

    def sql(self, now: datetime) -> ColumnElement[bool]:
        written = exists(
            select(Attempt.id)
            .join(Delivery, col(Delivery.id) == Attempt.delivery)
            .where(col(Delivery.person) == Person.id, col(Attempt.result).in_(REACHED))
            .where(col(Attempt.at) >= now - timedelta(days=self.days))
        )
        return written if self.yes else ~written

    def applies(self, someone: Someone, now: datetime) -> bool:
        recent = someone.written_at is not None and someone.written_at >= now - timedelta(days=self.days)
        return recent == self.yes

    def words(self, names: Mapping[str, str] | None = None) -> str:
        return f"{'Đã' if self.yes else 'Chưa'} được nhắn trong {self.days} ngày qua"

    def check(self) -> None:
        if type(self.days) is not int or not 1 <= self.days <= MOST_DAYS:
            raise BadInput(f"Số ngày phải từ 1 đến {MOST_DAYS}.")


@dataclass(frozen=True)
class Earlier(Condition):
    """What became of the person in an earlier campaign (its first message): any of OUTCOMES."""

    name: ClassVar[str] = "earlier"
    campaign: int
    outcomes: tuple[str, ...]

    def sql(self, now: datetime) -> ColumnElement[bool]:
        state, reason = col(Delivery.state), col(Delivery.reason)
        accepted = state == DeliveryState.ACCEPTED
        answered = exists(
            select(PersonContact.person)
            .join(Contact, col(Contact.id) == PersonContact.contact)
            .where(col(PersonContact.person) == Delivery.person)
            .where(col(Contact.last_inbound_at) >= col(Delivery.changed_at))
        )
        skipped = state == DeliveryState.SKIPPED
        tests = {
            "answered": and_(accepted, answered),
            "silent": and_(accepted, ~answered),
            "failed": state == DeliveryState.FAILED,
            "unknown": state == DeliveryState.UNKNOWN,
            "visit": and_(skipped, reason == "visit"),
            "skipped": and_(skipped, reason != "visit"),
            "waiting": state.in_(("held", "due", "claimed", "sending")),
        }

        def row(*which: ColumnElement[bool]) -> ColumnElement[bool]:
            mine = (col(Delivery.campaign) == self.campaign, col(Delivery.step) == 1, Delivery.person == Person.id)
            return exists(select(Delivery.id).where(*mine, *which))

        chosen = [tests[outcome] for outcome in self.outcomes if outcome != "none"]
        parts = [row(or_(*chosen))] if chosen else []
        return or_(*parts, *([~row()] if "none" in self.outcomes else []))

    def applies(self, someone: Someone, now: datetime) -> bool:
        return someone.earlier.get(self.campaign, "none") in self.outcomes

    def words(self, names: Mapping[str, str] | None = None) -> str:
        called = (names or {}).get(str(self.campaign), f"số {self.campaign}")
        return f"Ở đợt {called}: {' hoặc '.join(OUTCOMES[outcome] for outcome in self.outcomes)}"

    def check(self) -> None:
        if type(self.campaign) is not int or self.campaign < 1:
            raise BadInput("Hãy chọn đợt trước bằng số của đợt.")
        if not self.outcomes or any(outcome not in OUTCOMES for outcome in self.outcomes):
            raise BadInput(f"Kết quả của đợt trước phải là một hay vài kết quả trong: {', '.join(OUTCOMES)}.")


KINDS: dict[str, type[Condition]] = {
    kind.name: kind for kind in (Known, Category, Hamlet, Age, Reach, Written, Earlier)
}


# --- As data -----------------------------------------------------------------------------------------


def from_json(data: Any) -> tuple[Condition, ...]:
    """The conditions of a list as stored. BadInput with one sentence for anything else."""
    if not isinstance(data, Sequence) or isinstance(data, str) or len(data) > MOST:
        raise BadInput(f"Điều kiện phải là một danh sách, nhiều nhất {MOST} điều kiện.")
    return tuple(_one(entry) for entry in data)


def _one(entry: Any) -> Condition:
    kind = KINDS.get(str(entry.get("is"))) if isinstance(entry, Mapping) else None
    if kind is None:
        raise BadInput(f"Mỗi điều kiện phải ghi “is” là một trong: {', '.join(KINDS)}.")
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key != "is"}
    plural = {each.name for each in fields(kind) if each.type in ("tuple[str, ...]",)}
    sound = all(isinstance(value, tuple) == (key in plural) for key, value in given.items())
    if not sound or not set(given) <= {each.name for each in fields(kind)}:
        raise BadInput(f"Điều kiện “{kind.name}” chỉ có các mục: {', '.join(each.name for each in fields(kind))}.")
    try:
        condition = kind(**given)
    except TypeError:
        raise BadInput(f"Điều kiện “{kind.name}” còn thiếu mục phải ghi.") from None
    try:
        condition.check()
    except TypeError:  # a value of a wrong kind inside
        raise BadInput(f"Điều kiện “{kind.name}” có giá trị ghi sai.") from None
    return condition


def read(text: str) -> tuple[Condition, ...]:
    """The conditions of a JSON text, as somebody typed it."""
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadInput('Điều kiện phải là JSON, ví dụ [{"is": "age", "least": 60}].') from None
    return from_json(data)


def to_json(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    """What ``from_json`` reads again."""
    return [condition.to_json() for condition in conditions]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# --- Many, and one -----------------------------------------------------------------------------------


def all_of(conditions: Iterable[Condition], now: datetime) -> ColumnElement[bool]:
    """Open persons for whom all of these hold, over Person and Standing."""
    return and_(true(), col(Person.closed_at).is_(None), *(condition.sql(now) for condition in conditions))


def _contact(*channels: str, linked: bool) -> ColumnElement[bool]:
    theirs = (
        select(PersonContact.person)
        .join(Contact, col(Contact.id) == PersonContact.contact)
        .where(col(PersonContact.person) == Person.id, col(Contact.channel).in_(channels))
        .where(col(Contact.blocked_at).is_(None))
    )
    return exists(theirs.where(col(Contact.linked_at).is_not(None)) if linked else theirs)


def someone(session: Session, person: Person) -> Someone:
    """All that conditions may ask of one person, read one by one."""
    standing = session.get(Standing, person.id)
    mine = select(Contact).join(PersonContact, col(PersonContact.contact) == Contact.id)
    contacts = session.exec(mine.where(PersonContact.person == person.id)).all()
    there = {c.channel for c in contacts if c.blocked_at is None and (c.channel == "phone" or c.linked_at)}
    ways = {way for way, channels in CHATS.items() if there & set(channels)}
    ways = ways or ({"phone"} if "phone" in there else {"none"})
    rows = session.exec(select(Delivery).where(Delivery.person == person.id)).all()
    arrived = select(func.max(Attempt.at)).join(Delivery, col(Delivery.id) == Attempt.delivery)
    arrived = arrived.where(col(Delivery.person) == person.id, col(Attempt.result).in_(REACHED))
    heard = max((c.last_inbound_at for c in contacts if c.last_inbound_at), default=None)
    return Someone(
        {kind: getattr(standing, kind) for kind in VALUES} if standing else {},
        frozenset(session.exec(select(PersonCategory.code).where(PersonCategory.person == person.id)).all()),
        person.hamlet or "",
        person.birth_year,
        frozenset(ways),
        session.execute(arrived).scalar(),
        {row.campaign: _outcome(row, heard) for row in rows if row.step == 1},
    )


def _outcome(row: Delivery, heard: datetime | None) -> str:
    match row.state:
        case DeliveryState.ACCEPTED:
            return "answered" if heard is not None and heard >= row.changed_at else "silent"
        case DeliveryState.SKIPPED:
            return "visit" if row.reason == "visit" else "skipped"
        case DeliveryState.FAILED | DeliveryState.UNKNOWN:
            return str(row.state)
    return "waiting"


def names_for(session: Session, conditions: Iterable[Condition], hamlets: Mapping[str, str]) -> dict[str, str]:
    """The names that ``words`` needs: of hamlets (given) and of earlier campaigns."""
    asked = [condition.campaign for condition in conditions if isinstance(condition, Earlier)]
    found = session.exec(select(Campaign.id, Campaign.name).where(col(Campaign.id).in_(asked))).all() if asked else []
    return dict(hamlets) | {str(number): f"“{name}”" for number, name in found}
