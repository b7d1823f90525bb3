"""To whom: campaigns, the ledger, help sessions and visits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from campaigns.lots import new_lot


class Campaign(SQLModel, table=True):
    """Chiến dịch: a segment, steps, channels in order, and a window. Names are unique in a commune."""

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("commune", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code")
    name: str = Field(index=True)
    segment: str
    narrowed: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # conditions
    goal: str = "asxh_account"  # the fact that it is about; which value is the result: campaigns.segments.GOALS
    channels: list[str] = Field(sa_column=Column(JSON, nullable=False))
    steps: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))  # see campaigns.steps
    texts: dict[str, list[str]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # pinned wording
    starts_on: date
    ends_on: date
    budget_vnd: int | None = None
    spread_days: int = 0  # hamlets begin one after another over so many days, in an order drawn by lot; 0: all at once
    lot: list[int] = Field(default_factory=new_lot, sa_column=Column(JSON, nullable=False))  # campaigns.lots
    holdout_percent: int = 0  # get nothing, for the comparison: only with the province's leave
    holdout_document: str = ""  # the province's
    holdout_by: str = ""
    targets: list[int] = Field(default_factory=lambda: [60, 100], sa_column=Column(JSON, nullable=False))  # percent
    state: str = "draft"
    drafted: int = 5  # how many of the five steps of making it are settled (campaigns.drafts)
    submitted_at: datetime | None = None  # handed in for approval; any later change takes it back
    submitted_by: str = ""
    note: str = ""  # the newest words between the author and the approver
    note_by: str = ""
    author: str
    approver: str | None = None
    approved_at: datetime | None = None
    launched_at: datetime | None = None
    planned_to: int | None = None  # running: who has a row of step 1 yet, by person number; None: everybody
    ended_at: datetime | None = None
    created_at: datetime


class KeptResults(SQLModel, table=True):
    """Kết quả đã chốt: the figures of a campaign as they were at its end, or when its last lists were in."""

    __tablename__ = "kept_results"
    campaign: int = Field(foreign_key="campaign.id", primary_key=True)
    what: str = Field(primary_key=True)  # campaigns.results.keeping.KEPT
    at: datetime  # what was known by then counts
    figures: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Announcement(SQLModel, table=True):
    """Thông báo: the signed, posted and aired notice that must exist before a first cold message."""

    __tablename__ = "announcement"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    document: str
    signed_on: date
    posted_on: date | None = None
    aired: int = 0  # times on the loudspeaker
    aired_on: date | None = None  # the last of them
    hamlets_told: int = 0


class NoticeTold(SQLModel, table=True):
    """A hamlet in which a notice was read out or explained. Its head is told as an office, never by name."""

    __tablename__ = "notice_told"
    announcement: int = Field(foreign_key="announcement.id", primary_key=True)
    hamlet: str = Field(foreign_key="unit.code", primary_key=True)
    told_on: date
    by: str


class NoticePhoto(SQLModel, table=True):
    """A photo of a posted notice, drawn anew by us: no place, camera or name is left in it."""

    __tablename__ = "notice_photo"
    id: int | None = Field(default=None, primary_key=True)
    announcement: int = Field(foreign_key="announcement.id", index=True)
    hamlet: str | None = Field(default=None, foreign_key="unit.code")
    image: bytes = Field(repr=False)  # JPEG
    sha256: str
    by: str
    at: datetime


class GroupPost(SQLModel, table=True):
    """Bài đăng nhóm: somebody put the hamlet's text into its Zalo group by hand and ticked it."""

    __tablename__ = "group_post"
    __table_args__ = (UniqueConstraint("hamlet", "text_key"),)
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    hamlet: str = Field(foreign_key="unit.code")
    text_key: str  # campaigns.field.papers.text_key
    by: str
    at: datetime


class HelpSession(SQLModel, table=True):
    """Buổi hỗ trợ: where people are helped; messages go out one to three days before it."""

    __tablename__ = "help_session"
    id: int | None = Field(default=None, primary_key=True)
    commune: str = Field(foreign_key="unit.code", index=True)
    hamlet: str = Field(foreign_key="unit.code", index=True)
    place: str
    starts_at: datetime
    minutes: int = 180
    helpers: int = 2
    capacity: int
    came: int | None = None  # tally at the door
    helped: int | None = None


class SeatOrder(SQLModel, table=True):
    """Giữ chỗ: an officer keeps a place of a help session for somebody who asked for it."""

    __tablename__ = "seat_order"
    session: int = Field(foreign_key="help_session.id", primary_key=True)
    person: int = Field(foreign_key="person.id", primary_key=True, index=True)
    by: str
    at: datetime


class Attendance(SQLModel, table=True):
    """Đã đến: somebody was ticked as having come to a help session. Nobody has to be; the tally counts by itself."""

    __tablename__ = "attendance"
    session: int = Field(foreign_key="help_session.id", primary_key=True)
    person: int = Field(foreign_key="person.id", primary_key=True, index=True)
    by: str
    at: datetime


class Delivery(SQLModel, table=True):
    """The ledger's row: one person in one step of one campaign, also those who get nothing."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("campaign", "step", "person"),
        Index("ix_delivery_queue", "lane", "state", "campaign", "due_at"),
        Index(
            "ix_delivery_session",
            "session",
            sqlite_where=text("session IS NOT NULL"),
            postgresql_where=text("session IS NOT NULL"),
        ),
        Index("ix_delivery_person", "person"),
        Index(
            "ix_delivery_contact",
            "contact",
            sqlite_where=text("contact IS NOT NULL"),
            postgresql_where=text("contact IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    campaign: int = Field(foreign_key="campaign.id")
    step: int
    person: int = Field(foreign_key="person.id")
    state: str
    reason: str = ""
    channel: str = ""  # zalo | telegram | zbs | visit
    lane: str = ""
    contact: int | None = Field(default=None, foreign_key="contact.id")
    session: int | None = Field(default=None, foreign_key="help_session.id")  # the one that the message invites to
    due_at: datetime | None = None  # due: from when; held: until when, if known
    variant: int = 0  # which of the step's texts
    tried: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # channels that refused
    claimer: str = ""
    fence: int = 0
    lease_until: datetime | None = None
    changed_at: datetime


class Attempt(SQLModel, table=True):
    """One request of a delivery, with what came back and what it cost."""

    __tablename__ = "attempt"
    id: int | None = Field(default=None, primary_key=True)
    delivery: int = Field(foreign_key="delivery.id", index=True)
    channel: str
    lane: str
    at: datetime
    result: str
    provider_id: str = Field(default="", index=True)
    error_class: str = ""  # recipient | payload | config | billing | later | lost
    error_code: str = ""
    cost_vnd: int = 0


class Healing(SQLModel, table=True):
    """What the sweeper put right in a campaign, and how much of it."""

    __tablename__ = "healing"
    id: int | None = Field(default=None, primary_key=True)
    campaign: int = Field(foreign_key="campaign.id", index=True)
    what: str  # campaigns.engine.healing.HEALED
    number: int
    at: datetime


class Visit(SQLModel, table=True):
    """Lượt đến nhà: a person on a hamlet's visit list, and what happened."""

    __tablename__ = "visit"
    __table_args__ = (UniqueConstraint("campaign", "person"), Index("ix_visit_sheet", "commune", "sheet"))
    id: int | None = Field(default=None, primary_key=True)
    campaign: int | None = Field(default=None, foreign_key="campaign.id")
    commune: str = Field(foreign_key="unit.code")
    hamlet: str | None = Field(default=None, foreign_key="unit.code", index=True)
    person: int = Field(foreign_key="person.id", index=True)
    sheet: int = 0  # số phiếu
    outcome: str = ""  # done | had_before | again | absent | no_phone | wrong_data | refused | moved | died
    by: str = ""
    at: datetime | None = None
    again_on: date | None = None  # hẹn lại: the day that was agreed
    created_at: datetime


class VisitNote(SQLModel, table=True):
    """Lần ghi: everything that was ever written down about a door, also what does not stand (any more).

    ``id`` is made where it was pressed, a phone perhaps, so that one press is taken in once.
    """

    __tablename__ = "visit_note"
    visit: int = Field(foreign_key="visit.id", primary_key=True)
    id: str = Field(primary_key=True)
    outcome: str
    again_on: date | None = None
    by: str
    pressed_at: datetime  # at the door
    at: datetime  # here
    disputed: bool = Field(default=False, index=True)  # somebody else saw it otherwise; nobody has decided yet


class VisitTurn(SQLModel, table=True):
    """Lượt đi: a door on the list that one login carries on the day of ``at``."""

    __tablename__ = "visit_turn"
    visit: int = Field(foreign_key="visit.id", primary_key=True)
    login: str = Field(primary_key=True)
    at: datetime  # when the pair means to be there


class DoorCount(SQLModel, table=True):
    """Một lần đếm: somebody came to a help session or was helped there; their sum is its tally."""

    __tablename__ = "door_count"
    session: int = Field(foreign_key="help_session.id", primary_key=True)
    id: str = Field(primary_key=True)  # made where it was pressed
    came: int
    helped: int
    by: str
    at: datetime


class ClosedReport(SQLModel, table=True):
    """Số liệu đã chốt: the figures of one period as they were handed in. Only added; the highest version stands."""

    __tablename__ = "closed_report"
    __table_args__ = (UniqueConstraint("unit", "period", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    unit: str = Field(foreign_key="unit.code")
    period: str  # campaigns.reports.periods: 2026-11, 2026-H1, 2026
    version: int
    figures: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # by part: campaigns.reports.figures
    why: str = ""  # of a later version
    by: str
    at: datetime


class ReportForm(SQLModel, table=True):
    """Mẫu biểu của tỉnh: a spreadsheet of somebody else's, with the cells that we fill in."""

    __tablename__ = "report_form"
    unit: str = Field(foreign_key="unit.code", primary_key=True)
    name: str
    template: bytes = Field(repr=False)  # .xlsx
    cells: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))  # Sheet!B7 → a figure
    by: str
    at: datetime
