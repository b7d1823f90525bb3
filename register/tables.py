"""Who: units, persons, facts, contacts, staff and the audit log.

Identity (name, citizen id, phone, birth date, address) is in no column: it is one sealed blob per
person, found again by a keyed hash. What is left in the clear are official codes, states and dates.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class Unit(SQLModel, table=True):
    """Đơn vị hành chính: province (2 digits), commune (5 digits), hamlet (local id, 22945-01)."""

    __tablename__ = "unit"
    code: str = Field(primary_key=True)
    kind: str = Field(index=True)  # province | commune | hamlet
    name: str
    parent: str | None = Field(default=None, foreign_key="unit.code", index=True)


class UnitSetting(SQLModel, table=True):
    """What a commune fills in for itself: ``landline``, ``hamlet_head``, ``column:<header>`` …"""

    __tablename__ = "unit_setting"
    unit: str = Field(foreign_key="unit.code", primary_key=True)
    key: str = Field(primary_key=True)
    value: str


class Source(SQLModel, table=True):
    """Where facts of the register came from: an imported list, a return sheet. Chats and officers' eyes have none."""

    __tablename__ = "source"
    id: int | None = Field(default=None, primary_key=True)
    commune: str | None = Field(default=None, foreign_key="unit.code", index=True)
    kind: str  # list | return
    issuer: str = ""  # cơ quan ban hành
    document: str = ""  # số văn bản
    purpose: str = ""  # mục đích được phép dùng
    as_of: date  # ngày chốt số liệu
    file_hash: str | None = Field(default=None, index=True)
    by: str = ""
    at: datetime
    arriving: bool = Field(default=False, index=True)  # its people are coming in, nobody sees them yet (arrived)


class Person(SQLModel, table=True):
    """Người thụ hưởng. ``sealed`` is the identity; ``lookup`` its keyed hash (citizen id)."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("commune", "lookup"),
        Index("ix_person_unit", "commune", "hamlet", "closed_at", "source"),  # counts over a province read nothing else
    )
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code")
    hamlet: str | None = Field(default=None, foreign_key="unit.code", index=True)
    sealed: bytes | None = None  # None: erased
    lookup: bytes | None = Field(default=None, index=True)
    birth_year: int | None = None
    sex: str | None = None  # nam | nữ
    closed_at: datetime | None = None
    closed_reason: str = ""  # left_list | died | moved | erased | retention
    source: int | None = None  # the list that brought the person; no foreign key: it would be asked of every row
    created_at: datetime
    updated_at: datetime


class PersonPast(SQLModel, table=True):
    """What stood of a person until a moment, so that old figures come out as they were: see register.past."""

    __tablename__ = "person_past"
    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="person.id", index=True)
    until: datetime
    hamlet: str | None = None
    birth_year: int | None = None
    closed_at: datetime | None = None
    closed_reason: str = ""
    categories: str = ""  # codes with commas between


class PersonCategory(SQLModel, table=True):
    """Loại đối tượng of a person, see register.categories."""

    __tablename__ = "person_category"
    person: int = Field(foreign_key="person.id", primary_key=True)
    code: str = Field(primary_key=True, index=True)
    name: str = ""  # as the list words it


class Fact(SQLModel, table=True):
    """One thing learnt of a person. Rows are only ever added, and only on first sight or change."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_person_kind", "person", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="person.id")
    kind: str = Field(index=True)
    value: str
    evidence: str  # self | officer | register
    since: str = ""  # asxh_account: before | during | unknown
    source: int | None = None  # a Source; no foreign key: it would be asked of every row of a list
    as_of: date
    at: datetime
    by: str = ""


class Standing(SQLModel, table=True):
    """Hiện trạng: the current value of each fact, kept beside the facts for set-based questions."""

    __tablename__ = "standing"
    person: int = Field(foreign_key="person.id", primary_key=True)
    nq418: str = "unknown"
    data_matched: str = "unknown"
    eid_level: str = "unknown"  # 0 | 1 | below_2 | 2_granted | 2_active | unknown
    bank_account: str = "unknown"
    asxh_account: str = "unknown"
    asxh_since: str = ""
    payout: str = "unknown"  # cash | own_account | delegated | asxh | unknown
    receipt_confirmed: str = "unknown"
    special: str = "unknown"  # no | no_smartphone | frail | child | delegate | unknown


class Contact(SQLModel, table=True):
    """A way to a person: a chat (channel user id) or a phone. Stop belongs to the contact."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("lane", "lookup"),)
    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(index=True)  # zalo | telegram | zalo_bot | web | phone
    lane: str  # sender account, e.g. zalo:main; phones: phone
    lookup: bytes
    sealed: bytes | None = None  # the channel user id, or the phone
    owner: str = "unknown"  # whose device: self | relative | neighbour | unknown
    linked_at: datetime | None = None
    stopped_at: datetime | None = None
    blocked_at: datetime | None = None
    last_inbound_at: datetime | None = None
    stuck_at: datetime | None = None  # "Chưa được" was pressed or said, the last time
    busy_until: datetime | None = None
    nudged_at: datetime | None = None  # the one reminder of a talk that was left; it counts like a campaign's message
    created_at: datetime
    source: int | None = None  # the list that brought the phone


class PersonContact(SQLModel, table=True):
    """Persons and contacts, many to many. ``stopped_at``: this one person asked for no messages here."""

    __tablename__ = "person_contact"
    person: int = Field(foreign_key="person.id", primary_key=True)
    contact: int = Field(foreign_key="contact.id", primary_key=True, index=True)
    relation: str = "unknown"  # self | relative | neighbour | unknown
    stopped_at: datetime | None = None
    at: datetime


class LinkCode(SQLModel, table=True):
    """One-time code on a visit sheet or letter that links a chat to a person."""

    __tablename__ = "link_code"
    lookup: bytes = Field(primary_key=True)
    person: int = Field(foreign_key="person.id", index=True)
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    way: str = "link"  # what it was made for: register.arrivals.WAYS


class Arrival(SQLModel, table=True):
    """Vào bằng đường nào: a chat came from a QR on paper or from a link, on one day."""

    __tablename__ = "arrival"
    contact: int = Field(foreign_key="contact.id", primary_key=True)
    way: str = Field(primary_key=True)  # register.arrivals.WAYS
    day: date = Field(primary_key=True)
    unit: str = Field(foreign_key="unit.code")  # whose paper or page it was: a commune or a hamlet
    at: datetime = Field(index=True)


class Inquiry(SQLModel, table=True):
    """Đề nghị: a letter to an office that can say or do something for people, with a sheet to be returned."""

    __tablename__ = "inquiry"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    kind: str = "police"  # police | bank | payer: see offices.OFFICES
    office: str  # to whom: Công an phường Phan Thiết
    document: str = ""  # số văn bản, when it is known
    why: str  # keys of offices.WHY with + between: whom it asks about, and so what for
    people: int
    by: str
    made_at: datetime
    expires_at: datetime
    sent_at: datetime | None = None  # the letter left the house
    answer_by: date | None = None  # when the answer is wanted
    answered_at: datetime | None = None  # the newest answer


class InquiryRow(SQLModel, table=True):
    """One person of an inquiry, under the random code that stands in the sheet. Gone after the inquiry's end."""

    __tablename__ = "inquiry_row"
    code: str = Field(primary_key=True)
    inquiry: int = Field(foreign_key="inquiry.id", index=True)
    person: int = Field(foreign_key="person.id", index=True)


class Tombstone(SQLModel, table=True):
    """Keyed hash of an identity or contact that a later list must not bring back."""

    __tablename__ = "tombstone"
    lookup: bytes = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # erased | stopped
    at: datetime


class Staff(SQLModel, table=True):
    """Cán bộ: one login, one role, one unit."""

    __tablename__ = "staff"
    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    name: str
    role: str  # officer | approver | volunteer | radio | province | auditor | owner
    unit: str | None = Field(default=None, foreign_key="unit.code")
    password: str = ""  # argon2 hash; empty: none chosen yet, nobody can sign in
    active: bool = True
    created_at: datetime
    signed_in_at: datetime | None = None
    toured_at: datetime | None = None  # the short tour of a first sign-in was seen, or put away


class StaffSession(SQLModel, table=True):
    """A browser that gave the right password. Only the hash of its token is kept."""

    __tablename__ = "staff_session"
    token_hash: bytes = Field(primary_key=True)
    staff: int = Field(foreign_key="staff.id", index=True)
    csrf: str
    waits_for: str = ""  # empty: signed in; code: the second step; enrol: setting the second step up
    opened_at: datetime
    seen_at: datetime  # last use, to the minute
    expires_at: datetime


class SecondStep(SQLModel, table=True):
    """Mã hai bước (TOTP) of a login. ``sealed``: {"secret": the one in force, "next": one not yet confirmed}."""

    __tablename__ = "second_step"
    staff: int = Field(foreign_key="staff.id", primary_key=True)
    sealed: bytes
    used_step: int | None = None  # the 30 s step of the last right code: none at or before it is taken again
    set_at: datetime | None = None  # None: not in force yet


class RecoveryCode(SQLModel, table=True):
    """Mã dự phòng: stands in once for the phone. Kept as a keyed hash."""

    __tablename__ = "recovery_code"
    lookup: bytes = Field(primary_key=True)
    staff: int = Field(foreign_key="staff.id", index=True)
    used_at: datetime | None = None


class Invitation(SQLModel, table=True):
    """A one-time link with which somebody chooses a password. Kept as a keyed hash."""

    __tablename__ = "invitation"
    lookup: bytes = Field(primary_key=True)
    staff: int = Field(foreign_key="staff.id", index=True)
    by: str
    expires_at: datetime
    used_at: datetime | None = None


class ApiKey(SQLModel, table=True):
    """Khóa kết nối: another program of a commune reads, and perhaps writes, through /api/v1. Kept as a hash."""

    __tablename__ = "api_key"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    name: str  # of the program, not of a person
    token_hash: bytes = Field(unique=True)
    writes: bool = False
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None  # last use, to the hour
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""


class SignInTry(SQLModel, table=True):
    """A wrong attempt to sign in, by the keyed hash of a login, a browser or an address; kept for minutes."""

    __tablename__ = "sign_in_try"
    id: int | None = Field(default=None, primary_key=True)
    key: bytes = Field(index=True)
    at: datetime


class AuditEvent(SQLModel, table=True):
    """Nhật ký truy cập: each row carries the hash of the one before it."""

    __tablename__ = "audit_event"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    action: str = Field(index=True)
    subject: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str
    hash: str
