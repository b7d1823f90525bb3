"""A small commune with everything a page can show, all invented."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select, update

from audio.tables import AirEntry, Airing, Bulletin, RadioDesk, Recording, text_hash
from bot.tables import Ticket
from campaigns.field.visits import add_visits
from campaigns.tables import Announcement, Campaign, GroupPost, HelpSession, Visit, VisitNote
from console.access import ROLES
from console.app import create_app
from console.security import csrf_token
from register import contacts, facts, second_step
from register.entering import SignedIn, after_password, open_session
from register.home import Home
from register.people import Identity, citizen_lookup, seal_identity
from register.staff import UNIT_OF_ROLE, add_staff, hash_password, staff_named
from register.tables import Person, PersonCategory, SecondStep, Source, Staff
from register.units import hamlet_named

HERE, THERE = "22945", "22918"  # Phan Thiết and a commune that is somebody else's
PASSWORD = "mật khẩu thử 2026"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # everybody's second step; a test's phone reckons its codes from it
FAMILY = ("Nguyễn Thị", "Trần Văn", "Lê Thị", "Phạm Văn", "Huỳnh Thị", "Võ Văn")
GIVEN = ("Mai", "Đức", "Hạnh", "Bình", "Lan", "Sơn", "Tuyết", "Hòa")


@dataclass
class Village:
    """What stands in the home of a test, by its number."""

    home: Home
    people: list[int] = field(default_factory=list)
    stranger: int = 0
    campaign: int = 0
    foreign_campaign: int = 0
    session: int = 0
    foreign_session: int = 0
    ticket: int = 0
    foreign_ticket: int = 0
    bulletin: int = 0
    recording: int = 0
    visit: int = 0
    hamlets: list[str] = field(default_factory=list)
    airing: int = 0
    list: int = 0
    other_session: int = 0
    foreign_visit: int = 0
    foreign_list: int = 0
    foreign_bulletin: int = 0
    foreign_recording: int = 0
    foreign_airing: int = 0


@lru_cache
def _hashed() -> str:
    """One hash for everybody: making it is meant to be slow."""
    return hash_password(PASSWORD)


def _person(session: Session, home: Home, commune: str, hamlet: str | None, number: int, source: int) -> int:
    citizen_id = f"0602{number:08d}"
    name = f"{FAMILY[number % len(FAMILY)]} {GIVEN[number % len(GIVEN)]}"
    birth = f"19{40 + number % 45}"
    identity = Identity(citizen_id, name, birth, f"0902{number:06d}", "số 12, đường Trần Hưng Đạo")
    person = Person(
        commune=commune,
        hamlet=hamlet,
        sealed=seal_identity(home.keys, identity),
        lookup=citizen_lookup(home.keys, citizen_id),
        birth_year=int(birth),
        sex="nữ" if "Thị" in name else "nam",
        source=source,
        created_at=home.now(),
        updated_at=home.now(),
    )
    session.add(person)
    session.flush()
    assert person.id is not None
    code = ("ncc", "htxh", "nkt_nang", "cao_tuoi")[number % 4]
    session.add(PersonCategory(person=person.id, code=code, name="theo danh sách"))
    return person.id


def settle(home: Home, people: int = 60) -> Village:
    """Fill an empty home: two communes, staff of every role, a campaign under way, tickets, a bulletin."""
    village, now = Village(home), home.now()

    def fill(session: Session) -> None:
        lists = [
            Source(commune=code, kind="list", issuer="UBND", document="12/DS", as_of=date(2026, 11, 15), at=now)
            for code in (HERE, THERE)
        ]
        session.add_all(lists)
        session.flush()
        village.list, village.foreign_list = lists[0].id or 0, lists[1].id or 0
        village.hamlets = [hamlet_named(session, HERE, f"Khu phố {n}") for n in range(1, 6)]
        foreign_hamlet = hamlet_named(session, THERE, "Khu phố 1")
        for number in range(people):
            person = _person(session, home, HERE, village.hamlets[number % 5], number, lists[0].id or 0)
            village.people.append(person)
        village.stranger = _person(session, home, THERE, foreign_hamlet, 900, lists[1].id or 0)
        said = []
        for number, person in enumerate([*village.people, village.stranger]):
            said.append(facts.Said(person, "nq418", "yes"))
            said.append(facts.Said(person, "bank_account", "yes" if number % 3 else "no"))
            said.append(facts.Said(person, "eid_level", ("2_active", "2_active", "below_2", "unknown")[number % 4]))
            said.append(facts.Said(person, "asxh_account", ("no", "no", "yes", "no", "unknown")[number % 5]))
        facts.record_many(session, said, "register", as_of=date(2026, 11, 15), now=now, source=lists[0].id)
        for role in ROLES:
            kind = UNIT_OF_ROLE[role]
            unit = {"commune": HERE, "hamlet": village.hamlets[0], "province": "68", None: None}[kind]
            name = f"Lê Văn {role.capitalize()}"
            staff = Staff(login=role, name=name, role=role, unit=unit, password=_hashed(), created_at=now)
            session.add(staff)
            session.flush()
            if role in home.settings.second_step_roles.split(","):
                sealed = home.keys.seal({"secret": SECRET, "next": None}, "second_step")
                session.add(SecondStep(staff=staff.id or 0, sealed=sealed, set_at=now))
        _work(session, home, village, foreign_hamlet)

    home.db.write(fill)
    return village


def _campaign(home: Home, commune: str) -> Campaign:
    return Campaign(
        commune=commune, name="Đợt tháng 12", segment="nq418-ready", channels=["zalo", "telegram", "visit"],
        steps=[{"message": "first"}], starts_on=date(2026, 11, 23), ends_on=date(2026, 12, 31), author="officer",
        submitted_at=home.now(), submitted_by="officer", created_at=home.now(),
    )  # fmt: skip


def _work(session: Session, home: Home, village: Village, foreign_hamlet: str) -> None:
    """The same work in both communes: a campaign, a session, a ticket, a visit, a bulletin on the air."""
    now = home.now()
    chat = contacts.contact_for(session, home, "zalo", "zalo:main", "5001", now)
    contacts.link(session, village.people[0], chat.id or 0, "self", now)
    for commune, hamlet, person in (
        (HERE, village.hamlets[0], village.people[0]),
        (THERE, foreign_hamlet, village.stranger),
    ):
        text = "Kính thưa bà con!"
        campaign = _campaign(home, commune)
        starts_at = now + timedelta(days=2)
        meeting = HelpSession(commune=commune, hamlet=hamlet, place="nhà văn hóa", starts_at=starts_at, capacity=30)
        ticket = Ticket(commune=commune, contact=chat.id or 0, person=person, kind="human", opened_at=now)
        bulletin = Bulletin(
            commune=commune, title="Mời bà con", text=text, text_hash=text_hash(text), author="officer", created_at=now
        )
        notice = Announcement(commune=commune, document="45/TB-UBND", signed_on=date(2026, 11, 20))
        session.add_all([campaign, meeting, ticket, bulletin, notice])
        session.flush()
        file = f"thu-{commune}.mp3"
        (home.audio / file).write_bytes(b"ID3")
        recording = Recording(
            bulletin=bulletin.id or 0, voice="espeak", draft=True, file=file, duration_s=165, lufs=-16.1,
            text_hash=text_hash(text),
            sha256=hashlib.sha256(b"ID3").hexdigest(), true_peak_dbtp=-1.7, syllables_per_minute=181, created_at=now,
        )  # fmt: skip
        visit = Visit(commune=commune, hamlet=hamlet, person=person, campaign=campaign.id, sheet=1, created_at=now)
        session.add_all([recording, visit])
        session.flush()
        airing = Airing(
            commune=commune, recording=recording.id or 0, planned_at=now + timedelta(hours=9), seconds=165,
            planned_by="radio",
        )  # fmt: skip
        session.add(airing)
        session.flush()
        entry = AirEntry(
            commune=commune, airing=airing.id or 0, key=f"thu-{commune}", what="broken", by="radio",
            planned_at=airing.planned_at, at=now, received_at=now,
        )  # fmt: skip
        session.add(entry)
        desk = RadioDesk(
            commune=commune, lookup=f"ban-{commune}", by="radio", made_at=now, expires_at=now + timedelta(days=8)
        )
        session.add(desk)
        session.add(GroupPost(commune=commune, hamlet=hamlet, text_key="cũ", by="officer", at=now))
        made = {
            "campaign": campaign, "session": meeting, "ticket": ticket, "bulletin": bulletin,
            "recording": recording, "visit": visit, "airing": airing,
        }  # fmt: skip
        for name, row in made.items():
            setattr(village, name if commune == HERE else f"foreign_{name}", row.id or 0)
    other = HelpSession(
        commune=HERE, hamlet=village.hamlets[1], place="nhà văn hóa", starts_at=now + timedelta(days=3), capacity=30
    )
    session.add(other)
    session.flush()
    village.other_session = other.id or 0


@pytest.fixture(scope="module")
def shared_village(shared_home: Home) -> Village:
    """One village for all tests of a file."""
    return settle(shared_home)


@pytest.fixture
def village(home: Home) -> Village:
    return settle(home)


class Browser(TestClient):
    """A browser that reads the token of a page before it posts a form."""

    kept = ""
    home: Home

    def token(self, path: str = "/") -> str:
        page = self.get(path).text
        return page.split('name="ma_trang" value="')[1].split('"')[0]

    def sign_in(self, login: str, password: str = PASSWORD) -> Browser:
        form = {"ten": login, "mat_khau": password, "ma_trang": self.token("/dang-nhap")}
        answer = self.post("/dang-nhap", data=form, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        if answer.headers["location"].startswith("/dang-nhap/ma"):
            self.forget_used_codes()
            form |= {"ma": pyotp.TOTP(SECRET).at(self.home.now())}
            answer = self.post("/dang-nhap/ma", data=form, follow_redirects=False)
            assert answer.status_code == 303, answer.text
        return self

    def enter(self, login: str) -> Browser:
        """Signed in without the form: a password is slow to check, and most tests are about something else."""
        home = self.home

        def opens(session: Session) -> SignedIn:
            staff = staff_named(session, login)
            if second_step.in_force(session, staff):
                return open_session(session, staff, home.now())
            return after_password(session, home, staff, home.now())

        opened = home.db.write(opens)
        self.cookies.set("tungnha", opened.token, domain="testserver.local")  # where the form would put it
        self.kept = csrf_token(opened.viewer.csrf)
        return self

    def forget_used_codes(self) -> None:
        """The clock of a test stands still: as if half a minute had passed since the last code."""
        self.home.db.write(lambda session: session.execute(update(SecondStep).values(used_step=None)))

    def submit(self, path: str, data: dict[str, object] | None = None, **more: object) -> object:
        """POST a form with the token that this browser's pages carry."""
        self.kept = self.kept or self.token()
        return self.post(path, data={"ma_trang": self.kept, **(data or {})}, follow_redirects=False, **more)

    def rest(self) -> None:
        """Until nothing runs outside the requests."""
        assert self.app.state.running.rest(60)  # type: ignore[attr-defined]

    def send_list(self, body: str | bytes, name: str = "ds.csv", **form: object) -> str:
        """Upload a list and wait until it was read; the address of its steps."""
        body = body.encode() if isinstance(body, str) else body
        answer = self.submit("/danh-sach/moi", {"ngay_chot": "20/11/2026", **form}, files={"tep": (name, body)})
        assert answer.status_code == 303, answer.text  # type: ignore[attr-defined]
        self.rest()
        return str(answer.headers["location"])  # type: ignore[attr-defined]

    def take_in_list(self, steps: str, **form: object) -> str:
        """Press the last button and wait; the address of the list."""
        assert self.submit(f"{steps}/nhan", {"chac": "co", **form}).status_code == 303  # type: ignore[attr-defined]
        self.rest()
        answer = self.get(steps, follow_redirects=False)
        return str(answer.headers["location"])


@pytest.fixture
def browse(village: Village) -> Iterator[Callable[[str], Browser]]:
    """``browse("officer")``: a browser in which that role is signed in; ``browse("")``: nobody."""
    app = create_app(village.home)

    def open_browser(role: str) -> Browser:
        browser = Browser(app)
        browser.home = village.home
        browser.portal = running.portal
        return browser.enter(role) if role else browser

    with TestClient(app) as running:  # one event loop for all of them, not a new one for every page
        yield open_browser


def draft_campaign(browser: Browser, name: str = "Đợt thử", **chosen: object) -> str:
    """Walk the five steps of a new campaign and hand it in. ``group``, ``ways``, ``last``. Returns its address."""
    answer = browser.submit("/dot-van-dong", {"ten": name, "nhom": chosen.get("group", "nq418-ready")})
    assert answer.status_code == 303, answer.text  # type: ignore[attr-defined]
    path = str(answer.headers["location"]).rpartition("/")[0]  # type: ignore[attr-defined]
    last = chosen.get("last", "31/12/2026")
    forms: list[tuple[str, dict[str, object]]] = [
        ("noi-dung", {"tin": "first", "nhac": ["reminder"], "sau": ["4"]}),
        ("kenh", {"kenh": chosen.get("ways", ["zalo", "visit"]), "tu": "23/11/2026", "den": last}),
        ("chay-thu", {}),
        ("trinh", {"loi_nhan": ""}),
    ]
    for step, form in forms:
        answer = browser.submit(f"{path}/{step}", form)
        assert answer.status_code == 303, (step, answer.text)  # type: ignore[attr-defined]
    return path


@pytest.fixture
def make_campaign() -> Callable[..., str]:
    """``make_campaign(browser, "Đợt 1", ways=["visit"])`` → "/dot-van-dong/3", handed in for approval."""
    return draft_campaign


CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"]
PHONE = {"width": 390, "height": 844}


@dataclass
class Field:
    """The village's application on a port, and a browser; twelve doors of the volunteer's hamlet, a session soon."""

    home: Home
    village: Village
    serving: Any
    browser: Any
    faults: list[str]

    async def phone(self, login: str = "volunteer", screen: Any = PHONE, script: bool = True) -> Any:
        """A page of a fresh browser in which this login is signed in. What goes wrong in its pages is noted."""
        context = await self.browser.new_context(
            base_url=self.serving.address, viewport=screen, java_script_enabled=script, locale="vi-VN"
        )
        opened = self.home.db.write(lambda s: open_session(s, staff_named(s, login), self.home.now()))
        await context.add_cookies([{"name": "tungnha", "value": opened.token, "url": self.serving.address}])
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def notes(self) -> list[tuple[str, str]]:
        """Everything that was written down at doors: by whom, what."""
        with self.home.db.read() as session:
            rows = session.exec(select(VisitNote).order_by(col(VisitNote.at), col(VisitNote.pressed_at))).all()
            return [(row.by, row.outcome) for row in rows]


@pytest.fixture(scope="session")
def make_field() -> type[Field]:
    """For a file that keeps one server and one browser for all of its tests."""
    return Field


@pytest.fixture
async def field(village: Village) -> AsyncIterator[Field]:
    from playwright.async_api import async_playwright

    from console.serving import Serving

    home = village.home

    def doors(session: Session) -> None:
        add_visits(session, None, village.people[5:60:5], home.now())
        session.get_one(HelpSession, village.session).starts_at = home.now() + timedelta(minutes=20)
        for login, name, role, unit in (
            ("second", "Trần Thị Hai", "volunteer", village.hamlets[0]),
            ("nga", "Phạm Thị Nga", "officer", HERE),
        ):
            add_staff(session, login, name, role, unit, "", home.now())

    home.db.write(doors)
    async with Serving(home, port=0) as serving, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        made = Field(home, village, serving, browser, [])
        yield made
        await browser.close()
        assert made.faults == []
