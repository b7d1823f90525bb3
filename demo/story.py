"""The story of one commune, from its list to its results. `tungnha demo` tells it on simulated channels.

The clock is moved, the people are invented, and all else is the real thing: the same importer, ledger,
dispatcher, bot, webhooks, voice and report as in daily use, over HTTP to the sandbox on this machine.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from audio.approval import approve_draft_voice, approve_recording
from audio.bulletins import MOST_SESSIONS, produce, write_bulletin
from audio.measure import check as check_audio
from campaigns import campaigns
from campaigns.field.sessions import hamlet_words, plan_session, suggest_sessions, tally
from campaigns.field.visits import add_visits, record_visit, visit_sheets_pdf
from campaigns.reach import reach
from campaigns.rehearsal import rehearse
from campaigns.reports.reports import monthly, write
from campaigns.results.results import results
from campaigns.segments import segment_named
from campaigns.tables import Announcement, Campaign, Delivery, HelpSession, Visit
from channels.sandbox.server import Sandbox
from channels.zalo.client import international
from console.serving import Serving
from demo.citizens import KINDS, Citizen, link, live
from demo.telling import Telling
from jobs import drain_lanes, heal, read_prices
from register.contacts import address_of, make_link_code
from register.home import VIETNAM, Clock, Home
from register.importing import SourceInfo, import_list
from register.ladder import ladder, ladders
from register.people import identity_of
from register.sample import sample_workbook, second_workbook
from register.staff import add_staff
from register.tables import Contact, Person, PersonContact, Standing, Unit
from register.units import commune_of, set_setting

COMMUNE = "22945"
FIRST_LIST, SECOND_LIST = date(2026, 11, 15), date(2026, 12, 10)
STARTS, ENDS = date(2026, 11, 20), date(2026, 12, 20)
HELPED_A_DAY = 80
SEED = 418
LANDLINE = "0252 3 821 234"
OFFICER, APPROVER, RADIO = "lan", "minh", "hung"
OFFICE = {  # login: (name, role, what the stranger is told)
    OFFICER: ("Nguyễn Thị Lan", "officer", "cán bộ phường"),
    APPROVER: ("Trần Văn Minh", "approver", "người duyệt"),
    RADIO: ("Lê Hùng", "radio", "người phụ trách truyền thanh"),
}
NAME = "Tạo tài khoản ASXH, đợt 1"

# What the linked citizens do, in a hundred; each kind occurs at least once.
KIND_OF_A_HUNDRED = {
    "finishes": 34, "had_before": 8, "stuck": 8, "asks_for_help": 6, "granddaughter": 10, "stops": 6,
    "asks_if_scam": 6, "types_otp": 5, "claims_falsely": 1, "silent": 16,
}  # fmt: skip


def vietnam(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), VIETNAM).astimezone(UTC)


@dataclass
class Sent:
    """The sandbox's own count: campaign messages by address, and those that came after a stop."""

    to: Counter[str] = field(default_factory=Counter)
    to_stopped: int = 0


@dataclass
class Story:
    """One telling. The steps are called in order by ``run``."""

    home: Home
    clock: Clock
    sandbox: Sandbox
    serving: Serving
    tell: Telling
    rng: random.Random = field(default_factory=lambda: random.Random(SEED))
    citizens: list[Citizen] = field(default_factory=list)
    phones: dict[str, str] = field(default_factory=dict)  # phone of the list → simulated account
    sent: Sent = field(default_factory=Sent)
    target: list[int] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.home.now()

    async def run(self) -> dict[str, Any]:
        """The whole story; returns its figures."""
        await self.import_first_list()
        self.show_ladder()
        await self.work_without_channels()
        await self.people_link()
        campaign = await self.make_campaign()
        await self.days_pass(campaign)
        await self.speak_bulletin()
        await self.second_list(campaign)
        self.tell.summary(self.outcome)
        return self.outcome

    # --- 1, 2: the list and the ladder -----------------------------------------------------------

    async def import_first_list(self) -> None:
        self.clock.set(vietnam(date(2026, 11, 16), 8))
        file = self.home.path / "danh-sach-thang-11.xlsx"
        sample_workbook(file)
        source = SourceInfo(FIRST_LIST, "UBND phường Phan Thiết", "118/DS-UBND", "Vận động tạo tài khoản ASXH")
        done = import_list(self.home, file, COMMUNE, source=source, by=OFFICER, nq418=True)
        self.outcome |= {"people": len(done.people), "rejected": len(done.rejected)}
        self.tell.step(1, "Nhập danh sách tháng 11")
        self.tell.line(f"{len(done.people)} người, {len(done.rejected)} dòng không nhận, {len(done.warnings)} lưu ý.")
        with self.home.db.read() as session:
            query = select(col(Person.id)).join(Standing, col(Standing.person) == Person.id)
            segment = query.where(segment_named("nq418-ready").sql())
            self.target = [int(p) for p in session.execute(segment.order_by(col(Person.id))).scalars()]

    def show_ladder(self) -> None:
        with self.home.db.read() as session:
            self.tell.step(2, "Tiến độ của phường")
            rungs = ladder(session, COMMUNE)
            self.tell.ladder(rungs)
            for by, title in (("hamlet", "Theo khu phố"), ("category", "Theo loại")):
                self.tell.table(title, ladders(session, COMMUNE, by=by), "asxh")  # type: ignore[arg-type]
            self.outcome["ladder"] = [rung.__dict__ for rung in rungs]

    # --- 3: with nothing but the list, then people link ------------------------------------------

    async def work_without_channels(self) -> None:
        self.tell.step(3, "Chỉ với danh sách (mức 0), rồi mọi người liên kết Zalo, Telegram")

        def plan(session: Session) -> list[HelpSession]:
            set_setting(session, COMMUNE, "landline", LANDLINE)
            set_setting(session, COMMUNE, "hamlet_head", "trưởng khu phố")
            wanted = suggest_sessions(session, self.home, COMMUNE, HELPED_A_DAY, date(2026, 11, 25), self.now)
            add_visits(session, None, self.target, self.now)
            return [
                plan_session(session, COMMUNE, s.hamlet, s.place, s.starts_at, s.capacity, s.helpers, self.now)
                for s in wanted.sessions
            ]

        planned = self.home.db.write(plan)
        sheets = self.home.path / "reports" / "phieu-den-nha.pdf"
        visited = visit_sheets_pdf(self.home, COMMUNE, None, sheets, self.now, by=OFFICER)
        self.tell.line(f"{len(planned)} buổi hỗ trợ theo khu phố; phiếu đến nhà cho {visited} người: {sheets}")
        self.outcome |= {"sessions": len(planned), "visit_sheets": str(sheets)}

        def announce(session: Session) -> None:
            write_bulletin(session, COMMUNE, "invitation", self._on_air(session), OFFICER, self.now)
            session.add(
                Announcement(
                    commune=COMMUNE,
                    document="45/TB-UBND",
                    signed_on=date(2026, 11, 16),
                    posted_on=date(2026, 11, 17),
                    aired=4,
                    hamlets_told=5,
                )
            )

        self.home.db.write(announce)
        self.tell.line("Bản tin loa đã viết; thông báo 45/TB-UBND đã ký, niêm yết và phát loa bốn lần.")

    def _on_air(self, session: Session) -> dict[str, Any]:
        """Live fields of the invitation: the next sessions, the head's title, the office's landline."""
        coming = select(HelpSession, col(Unit.name)).join(Unit, col(Unit.code) == HelpSession.hamlet)
        rows = session.execute(coming.order_by(col(HelpSession.starts_at)).limit(MOST_SESSIONS)).all()
        when = [{"hamlet": hamlet_words(name), "when": row.starts_at, "place": row.place} for row, name in rows]
        return {"sessions": when, "phone": LANDLINE, "hamlet_head": "trưởng khu phố"}

    async def people_link(self) -> None:
        self.clock.set(vietnam(date(2026, 11, 18), 9))
        before = self._reach()
        everybody = self._people()
        outside = [p for p in everybody if p not in set(self.target)]
        linking = self.rng.sample(self.target, len(self.target) * 45 // 100)
        kinds = self._kinds(len(linking))
        linking += self.rng.sample(outside, 12)  # neighbours who link too; no campaign is meant for them
        kinds += ["silent"] * 12
        for number, (person, kind) in enumerate(zip(linking, kinds, strict=True)):
            channel = "telegram" if number % 5 == 4 else "zalo"
            phone = everybody[person]
            uid = self.sandbox.add_user(channel, f"Máy {number + 1}", phone=phone or None)
            if channel == "zalo" and phone:
                self.phones[phone] = uid
            citizen = Citizen(uid, person, kind)
            code = self.home.db.write(lambda s, p=person: make_link_code(s, self.home, p, self.now))  # type: ignore[misc]
            await link(self.sandbox, citizen, channel, code, self.settle)
            self.citizens.append(citizen)
        for phone in sorted({p for p in everybody.values() if p} - set(self.phones)):
            self.phones[phone] = self.sandbox.add_user(
                "phone", "Máy theo số", phone=phone, has_zalo=self.rng.random() < 0.8
            )
        after = self._reach()
        self.tell.reach(before, after)
        self.outcome["reach"] = {"before": before, "after": after}

    def _reach(self) -> dict[str, int]:
        with self.home.db.read() as session:
            return reach(session, COMMUNE, "nq418-ready", self.now)

    def _people(self) -> dict[int, str]:
        """Every open person's number and the phone of the list."""
        with self.home.db.read() as session:
            found = session.execute(select(Person).where(col(Person.closed_at).is_(None)).order_by(col(Person.id)))
            people = {int(p.id or 0): identity_of(self.home, p) for p in found.scalars()}
        return {number: identity.phone if identity else "" for number, identity in people.items()}

    def _kinds(self, number: int) -> list[str]:
        weights = list(KIND_OF_A_HUNDRED.values())
        kinds = list(KINDS) + self.rng.choices(list(KIND_OF_A_HUNDRED), weights, k=number - len(KINDS))
        kinds = [k for i, k in enumerate(kinds) if k != "claims_falsely" or i < len(KINDS)]
        kinds += ["finishes"] * (number - len(kinds))
        self.rng.shuffle(kinds)
        return kinds

    # --- 4, 5, 6: the campaign --------------------------------------------------------------------

    async def make_campaign(self) -> Campaign:
        self.clock.set(vietnam(STARTS, 8))
        self.tell.step(4, "Lập đợt, chạy thử, người thứ hai duyệt, phát động")
        channels = ["zalo", "telegram", "zbs", "visit"]

        def make(session: Session) -> Campaign:
            return campaigns.new_campaign(
                session, COMMUNE, NAME, "nq418-ready", channels, STARTS, ENDS, OFFICER, self.now, budget_vnd=500_000
            )

        campaign = self.home.db.write(make)
        await read_prices(self.serving.work)
        with self.home.db.read() as session:
            rehearsal = rehearse(session, self.home, campaign, self.now)
        self.tell.rehearsal(rehearsal)
        self.home.db.write(lambda s: campaigns.approve(s, campaign, APPROVER, self.now))
        planned = self.home.db.write(lambda s: campaigns.launch(s, self.home, campaign, OFFICER, self.now))
        self.tell.line(f"{APPROVER} duyệt; {OFFICER} phát động: {planned} người có tên trong sổ gửi.")
        self.outcome |= {"segment": campaign.segment, "rehearsal": rehearsal.to_json()}
        return campaign

    async def days_pass(self, campaign: Campaign) -> None:
        self.tell.step(5, "Gửi theo từng đợt khu phố; người dân trả lời trợ lý")
        await self.settle()  # no answer that is still on its way takes what is meant for a message
        self.sandbox.fault("drop_after", "zalo")  # one line dies just when a message has left
        day = STARTS
        while day <= date(2026, 12, 12):
            self.clock.set(vietnam(day, 8))
            await heal(self.serving.work)
            before = len(self.sandbox.arrivals())
            await drain_lanes(self.serving.work)
            sent = self._count(before)
            acts = await live(self.sandbox, self.citizens, self.settle)
            helped = self._hold_sessions(day)
            if sent or helped or acts:
                self.tell.day(day, sent, acts, helped)
            day += timedelta(days=1)
        self._visit_homes(campaign)
        with self.home.db.read() as session:
            status = campaigns.status(session, campaign)
        self.tell.step(6, "Sau ba tuần")
        self.tell.status(status)
        keys = ("planned", "accepted", "held", "skipped", "failed", "unknown", "cost_vnd", "by_channel", "steps")
        self.outcome |= {key: status[key] for key in keys}
        self.outcome["sandbox"] = self._compare(campaign)

    async def settle(self) -> None:
        """All webhooks delivered, all of them handled."""
        while True:
            await self.sandbox.quiet()
            if not await self.serving.settle():
                return

    def _count(self, before: int) -> int:
        """Count what arrived in the sandbox while only the dispatcher was at work."""
        stopped = {c.uid for c in self.citizens if c.kind == "stops" and "stops" in c.told}
        arrived = [arrival["to"] for arrival in self.sandbox.arrivals()[before:]]
        self.sent.to.update(arrived)
        self.sent.to_stopped += sum(address in stopped for address in arrived)
        return len(arrived)

    def _compare(self, campaign: Campaign) -> dict[str, int]:
        """The sandbox's count beside the ledger's: nobody outside, nobody twice, nobody missing."""
        with self.home.db.read() as session:
            linked = select(Contact).join(PersonContact, col(PersonContact.contact) == Contact.id)
            of_target = session.execute(linked.where(col(PersonContact.person).in_(self.target))).scalars()
            members = {self._address(contact) for contact in of_target}
            sent = select(Contact, col(Delivery.state)).join(Delivery, col(Delivery.contact) == Contact.id)
            reached = sent.where(
                col(Delivery.campaign) == campaign.id, col(Delivery.state).in_(["accepted", "unknown"])
            )
            rows = [(self._address(contact), state) for contact, state in session.execute(reached)]
        most, least = Counter(a for a, _ in rows), Counter(a for a, state in rows if state == "accepted")
        return {
            "campaign_messages": self.sent.to.total(),
            "outside_segment": sum(n for address, n in self.sent.to.items() if address not in members),
            "to_stopped": self.sent.to_stopped,
            "twice_for_one_step": (self.sent.to - most).total(),
            "accepted_but_not_arrived": (least - self.sent.to).total(),
        }

    def _address(self, contact: Contact) -> str:
        address = address_of(self.home, contact)
        return international(address) if contact.channel == "phone" else address

    def _hold_sessions(self, day: date) -> int:
        """The help sessions of this day: some of those who were invited come, and are helped."""
        with self.home.db.read() as session:
            start, end = vietnam(day, 0), vietnam(day + timedelta(days=1), 0)
            today = select(HelpSession).where(col(HelpSession.starts_at) >= start, col(HelpSession.starts_at) < end)
            held = list(session.execute(today).scalars())
        helped = 0
        for help_session in held:
            helped += self.home.db.write(lambda s, h=help_session: self._at_the_door(s, h))  # type: ignore[misc]
        return helped

    def _at_the_door(self, session: Session, held: HelpSession) -> int:
        waiting = (
            select(col(Delivery.person))
            .join(Person, col(Person.id) == Delivery.person)
            .join(Standing, col(Standing.person) == Person.id)
            .where(col(Person.hamlet) == held.hamlet, col(Delivery.state) == "accepted", col(Delivery.step) == 1)
            .where(col(Standing.asxh_account) != "yes")
            .order_by(col(Delivery.person))
        )
        came = [p for p in session.execute(waiting).scalars() if self.rng.random() < 0.3][: held.capacity]
        done = [p for p in came if self.rng.random() < 0.8]
        for person in done:
            record_visit(session, self.home, None, "done", OFFICER, self.now, person=person)
        tally(session, held.id or 0, len(came), len(done))
        return len(done)

    def _visit_homes(self, campaign: Campaign) -> None:
        """Pairs of volunteers go to those whom no channel reached."""

        def visit(session: Session) -> None:
            listed = select(col(Visit.id)).where(col(Visit.campaign) == campaign.id, col(Visit.outcome) == "")
            for number in session.execute(listed.order_by(col(Visit.id))).scalars().all():
                chances = {"done": 30, "had_before": 5, "absent": 15, "no_phone": 15, "again": 10, "": 25}
                outcome = self.rng.choices(list(chances), list(chances.values()))[0]
                if outcome:
                    record_visit(session, self.home, number, outcome, OFFICER, self.now)

        self.home.db.write(visit)

    # --- 7, 8: the loudspeaker, the second list, the results ---------------------------------------

    async def speak_bulletin(self) -> None:
        self.tell.step(7, "Bản tin cho loa truyền thanh")

        def written(session: Session) -> int:
            has_it = select(func.count()).select_from(Standing).where(col(Standing.asxh_account) == "yes")
            fields = {"done": session.execute(has_it).scalar_one(), "phone": LANDLINE, "hamlet_head": "trưởng khu phố"}
            return write_bulletin(session, COMMUNE, "progress", fields, OFFICER, self.now).id or 0

        bulletin = self.home.db.write(written)
        recording = await asyncio.to_thread(produce, self.home, bulletin, "espeak", self.now)
        file = self.home.audio / recording.file
        found = await asyncio.to_thread(check_audio, file)
        number = recording.id or 0
        self.home.db.write(lambda s: approve_recording(s, number, APPROVER, self.now))
        self.home.db.write(lambda s: approve_draft_voice(s, number, APPROVER, self.now))
        self.tell.line(str(file))
        self.tell.line(
            f"{recording.duration_s:.0f} giây, {found.lufs} LUFS, đỉnh {found.true_peak_dbtp} dBTP, "
            f"{recording.syllables_per_minute:.0f} tiếng/phút; {'đạt' if found.ok else 'CHƯA đạt'}. "
            f"{APPROVER} duyệt lời và bản ghi, rồi duyệt riêng giọng nháp."
        )
        self.outcome |= {"recording": str(file), "recording_ok": found.ok}

    async def second_list(self, campaign: Campaign) -> None:
        self.clock.set(vietnam(date(2026, 12, 16), 9))
        self.tell.step(8, "Danh sách tháng sau đối chiếu, kết quả theo mức xác nhận, báo cáo")
        with self.home.db.read() as session:
            has_it = select(Person).join(Standing, col(Standing.person) == Person.id)
            claimed = session.execute(has_it.where(col(Standing.asxh_account) == "yes")).scalars().all()
            liars = {c.person for c in self.citizens if c.kind == "claims_falsely"}
            confirmed = {i.citizen_id for p in claimed if p.id not in liars and (i := identity_of(self.home, p))}
        first, file = (self.home.path / f"danh-sach-thang-{n}.xlsx" for n in (11, 12))
        second_workbook(file, first, confirmed)
        source = SourceInfo(SECOND_LIST, "UBND phường Phan Thiết", "131/DS-UBND", "Vận động tạo tài khoản ASXH")
        done = import_list(self.home, file, COMMUNE, source=source, by=OFFICER, nq418=True)
        self.tell.line(f"Danh sách tháng 12: {done.changed} người thay đổi, {done.left} người rời danh sách.")
        with self.home.db.read() as session:
            found = results(session, campaign, self.now).to_json()
            report = self.home.path / "reports" / "bao-cao-2026-12.xlsx"
            write(monthly(session, COMMUNE, 2026, 12, self.now), report)
            name = commune_of(session, COMMUNE).name
        self.tell.results(found, name)
        self.tell.line(f"Báo cáo tháng 12: {report}")
        self.outcome |= {"results": found, "report": str(report)}

    def add_people_of_the_office(self) -> dict[str, str]:
        """Invented staff, with passwords that are printed. Returns {login: password}."""
        passwords = {login: secrets.token_urlsafe(9) for login in OFFICE}

        def add(session: Session) -> None:
            for login, (name, role, _) in OFFICE.items():
                add_staff(session, login, name, role, COMMUNE, passwords[login], self.now)

        self.home.db.write(add)
        return passwords


def marker(home: Path) -> Path:
    """The file that says: this home belongs to the demo and may be made anew."""
    return home / "demo"
