from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr
from sqlmodel import Session, col, select

from campaigns.field import visits
from campaigns.field.visits import add_visits, list_for_visits, record_visit, sheet_numbered, visit_sheets_pdf
from campaigns.tables import Campaign, Visit
from register.asking import to_ask
from register.contacts import contact_for, use_link_code
from register.errors import BadInput
from register.facts import record
from register.home import VIETNAM, Home
from register.people import Identity, seal_identity
from register.tables import AuditEvent, Fact, Person, PersonCategory, Standing
from register.units import hamlet_named

COMMUNE = "22945"


@pytest.fixture
def people(home: Home) -> list[int]:
    """Bà Mai and ông Đực of khu phố 1, ông Tâm of khu phố 2."""

    def store(session: Session) -> list[int]:
        ids = []
        for name, hamlet in (("Nguyễn Thị Mai", "1"), ("Lê Văn Đực", "1"), ("Võ Công Tâm", "2")):
            identity = Identity("060136680115", name, "1936-05-04", "0968469600", f"Khu phố {hamlet}")
            person = Person(
                commune=COMMUNE,
                hamlet=hamlet_named(session, COMMUNE, f"Khu phố {hamlet}"),
                sealed=seal_identity(home.keys, identity),
                created_at=home.now(),
                updated_at=home.now(),
            )
            session.add(person)
            session.flush()
            assert person.id is not None
            session.add(PersonCategory(person=person.id, code="hiv", name="Người nhiễm HIV"))
            ids.append(person.id)
        return ids

    return home.db.write(store)


@pytest.fixture
def campaign(home: Home) -> Campaign:
    row = Campaign(
        commune=COMMUNE, name="Đợt 1", segment="nq418-ready", channels=["visit"], steps=[],
        starts_on=home.now().date(), ends_on=home.now().date(), author="lan", created_at=home.now(),
    )  # fmt: skip
    home.db.write(lambda s: s.add(row))
    return row


def visited(home: Home, person: int, outcome: str, later: timedelta = timedelta(0)) -> None:
    home.db.write(lambda s: record_visit(s, home, None, outcome, "pair", home.now() + later, person=person))


def standing(home: Home, person: int) -> Standing:
    with home.db.read() as session:
        row = session.get(Standing, person) or Standing(person=person)
        return Standing(**row.model_dump())


def test_nobody_is_put_twice_on_the_list_of_a_campaign(home: Home, people: list[int], campaign: Campaign) -> None:
    for wanted, new in ((people[:2], 2), (people, 1), (people, 0)):
        assert home.db.write(lambda s, wanted=wanted: add_visits(s, campaign, wanted, home.now())) == new
    with home.db.read() as session:
        rows = list_for_visits(session, COMMUNE)
        assert [(r.sheet, r.person, r.hamlet_name) for r in rows] == [
            (1, people[0], "Khu phố 1"),
            (2, people[1], "Khu phố 1"),
            (3, people[2], "Khu phố 2"),
        ]
        assert [r.person for r in list_for_visits(session, COMMUNE, hamlet=rows[2].hamlet)] == people[2:]
        assert list_for_visits(session, COMMUNE, campaign=0) == []


def test_without_a_campaign_a_person_is_listed_again_only_once_visited(home: Home, people: list[int]) -> None:
    def add() -> int:
        return home.db.write(lambda s: add_visits(s, None, people[:1], home.now()))

    assert (add(), add()) == (1, 0)
    visited(home, people[0], "absent")
    assert add() == 0
    visited(home, people[0], "refused")
    assert add() == 1


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("done", ("yes", "during", "unknown")),
        ("had_before", ("yes", "before", "unknown")),
        ("no_phone", ("unknown", "", "no_smartphone")),
        ("absent", ("unknown", "", "unknown")),
        ("wrong_data", ("unknown", "", "unknown")),
    ],
)
def test_what_the_pair_saw_becomes_a_fact(
    home: Home, people: list[int], outcome: str, expected: tuple[str, str, str]
) -> None:
    visited(home, people[0], outcome)
    now = standing(home, people[0])
    assert (now.asxh_account, now.asxh_since, now.special) == expected
    with home.db.read() as session:
        assert {(f.evidence, f.by) for f in session.exec(select(Fact))} <= {("officer", "pair")}


def test_wrong_data_at_the_door_makes_somebody_a_case_for_the_police(home: Home, people: list[int]) -> None:
    visited(home, people[0], "wrong_data")
    assert standing(home, people[0]).data_matched == "no"
    with home.db.read() as session:
        assert to_ask(session, COMMUNE, home.now()).by_why["mismatch"] == 1
    visited(home, people[0], "absent", timedelta(minutes=5))
    assert standing(home, people[0]).data_matched == "unknown"


def test_whether_the_money_arrived_is_what_the_family_says(home: Home, people: list[int]) -> None:
    def told(received: bool) -> None:
        home.db.write(
            lambda s: record_visit(s, home, None, "no_phone", "pair", home.now(), person=people[0], received=received)
        )

    for received, value in ((False, "no"), (True, "yes")):
        told(received)
        assert standing(home, people[0]).receipt_confirmed == value
    with home.db.read() as session:
        said = session.exec(select(Fact).where(col(Fact.kind) == "receipt_confirmed")).all()
        assert {fact.evidence for fact in said} == {"self"}


def test_an_agreed_day_brings_the_door_to_the_top_of_the_list_and_onto_the_paper(home: Home, people: list[int]) -> None:
    home.db.write(lambda s: add_visits(s, None, people[:2], home.now()))
    day = home.now().date() + timedelta(days=3)
    home.db.write(lambda s: record_visit(s, home, None, "again", "pair", home.now(), person=people[1], again_on=day))
    with home.db.read() as session:
        assert [(row.person, row.again_on) for row in list_for_visits(session, COMMUNE)] == [
            (people[1], day),
            (people[0], None),
        ]
    assert [row["day"] for row in sheet_data(home)["sheets"][0]["rows"]] == ["26/11", ""]
    visited(home, people[1], "done")
    with home.db.read() as session:
        assert sheet_numbered(session, COMMUNE, 2).again_on is None  # type: ignore[union-attr]


def test_each_door_of_a_round_has_its_time(home: Home, people: list[int]) -> None:
    home.db.write(lambda s: add_visits(s, None, people[:2], home.now()))
    sets_out = datetime(2026, 11, 25, 8, 0, tzinfo=VIETNAM)
    data = home.db.write(lambda s: visits._sheets(s, home, COMMUNE, None, None, "lan", home.now(), sets_out))
    assert [(row["day"], row["time"]) for row in data["sheets"][0]["rows"]] == [("25/11", "08:00"), ("25/11", "08:30")]


def test_a_wrong_tick_is_corrected_by_recording_anew(home: Home, people: list[int]) -> None:
    visited(home, people[0], "done")
    visited(home, people[0], "absent", timedelta(minutes=5))
    assert standing(home, people[0]).asxh_account == "unknown"
    visited(home, people[0], "had_before", timedelta(minutes=9))
    assert (standing(home, people[0]).asxh_account, standing(home, people[0]).asxh_since) == ("yes", "before")
    with home.db.read() as session:
        assert [v.outcome for v in session.exec(select(Visit))] == ["had_before"]


def test_a_person_who_died_leaves_the_register_and_comes_back_after_a_wrong_tick(home: Home, people: list[int]) -> None:
    visited(home, people[0], "died")
    with home.db.read() as session:
        who = session.get_one(Person, people[0])
        assert (who.closed_at, who.closed_reason) == (home.now(), "died")
        assert session.exec(select(AuditEvent.action)).all() == ["person_closed"]
    visited(home, people[0], "absent", timedelta(minutes=5))
    with home.db.read() as session:
        assert session.get_one(Person, people[0]).closed_at is None


def test_a_visit_that_is_not_there_is_refused(home: Home, people: list[int]) -> None:
    with pytest.raises(BadInput, match="Không có lượt"):
        home.db.write(lambda s: record_visit(s, home, 99, "done", "pair", home.now()))
    with pytest.raises(BadInput, match="Không có kết quả"):
        visited(home, people[0], "maybe")


# --- the paper ----------------------------------------------------------------------------------


@pytest.fixture
def chatty(home: Home) -> Home:
    """The home with a Telegram bot set up."""
    home.settings = home.settings.model_copy(update={"telegram_token": SecretStr("1:x")})
    return home


def sheet_data(home: Home) -> dict:  # type: ignore[type-arg]
    return home.db.write(lambda s: visits._sheets(s, home, COMMUNE, None, None, "lan", home.now()))


def test_a_sheet_names_the_door_and_nothing_else_of_a_person(
    chatty: Home, people: list[int], campaign: Campaign
) -> None:
    home = chatty
    home.db.write(lambda s: add_visits(s, campaign, people, home.now()))
    data = sheet_data(home)
    assert [s["hamlet"] for s in data["sheets"]] == ["khu phố 1", "khu phố 2"]
    assert [(r["number"], r["name"], r["address"]) for r in data["sheets"][0]["rows"]] == [
        (1, "Nguyễn Thị Mai", "Khu phố 1"),
        (2, "Lê Văn Đực", "Khu phố 1"),
    ]
    template = (Path(visits.__file__).parent / "visits.typ").read_text()
    printed = (orjson.dumps(data).decode() + template).casefold()
    for never in ("060136680115", "0968469600", "1936", "hiv", "đối tượng", "danh sách", "418", "trợ cấp", "đồng"):
        assert never not in printed, never


def test_the_code_on_the_slip_links_a_chat_to_the_person_once(chatty: Home, people: list[int]) -> None:
    home = chatty
    home.db.write(lambda s: add_visits(s, None, people[:1], home.now()))
    code = sheet_data(home)["sheets"][0]["rows"][0]["code"]

    def use(session: Session) -> int | None:
        chat = contact_for(session, home, "telegram", "telegram:main", "777", home.now())
        assert chat.id is not None
        return use_link_code(session, home, code, chat.id, "self", home.now())

    assert home.db.write(use) == people[0]
    assert home.db.write(use) is None


def test_a_commune_with_nothing_but_the_list_prints_no_code(home: Home, people: list[int], tmp_path: Path) -> None:
    home.db.write(lambda s: add_visits(s, None, people, home.now()))
    data = sheet_data(home)
    assert data["chats"] == ""
    assert {row["code"] for sheet in data["sheets"] for row in sheet["rows"]} == {""}


def test_the_qr_holds_campaign_and_hamlet_only(
    home: Home, people: list[int], campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = visits.segno.make
    monkeypatch.setattr(visits.segno, "make", lambda text, **how: made.append(text) or real(text, **how))
    home.db.write(lambda s: add_visits(s, campaign, people, home.now()))
    sheet_data(home)
    assert made == [f"TUNGNHA;dot={campaign.id};diaban=22945-0{n}" for n in (1, 2)]


def test_the_sheets_are_written_as_a_pdf_and_the_printing_is_audited(
    chatty: Home, people: list[int], tmp_path: Path
) -> None:
    home = chatty
    home.db.write(lambda s: add_visits(s, None, people, home.now()))
    visited(home, people[1], "done")
    out = tmp_path / "phieu.pdf"
    assert visit_sheets_pdf(home, COMMUNE, None, out, home.now(), by="lan") == 2
    assert out.read_bytes().startswith(b"%PDF")
    assert out.stat().st_mode & 0o077 == 0
    with home.db.read() as session:
        event = session.exec(select(AuditEvent).where(col(AuditEvent.action) == "list_exported")).one()
        assert (event.actor, event.subject, event.detail) == ("lan", COMMUNE, {"rows": 2})


def test_a_sheet_for_nobody_or_in_another_form_is_refused(home: Home, people: list[int], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Chưa có nhà nào"):
        visit_sheets_pdf(home, COMMUNE, None, tmp_path / "phieu.pdf", home.now())
    with pytest.raises(BadInput, match=r"đuôi \.pdf"):
        visit_sheets_pdf(home, COMMUNE, None, tmp_path / "phieu.docx", home.now())
    home.db.write(lambda s: add_visits(s, None, people, home.now()))
    with pytest.raises(BadInput, match="Không ghi được"):
        visit_sheets_pdf(home, COMMUNE, None, tmp_path / "no" / "phieu.pdf", home.now())


@pytest.mark.parametrize(
    ("goal", "fact", "value"), [("asxh_account", "asxh_account", "yes"), ("bank_account", "bank_account", "yes"),
                                ("eid_level", "eid_level", "2_active")],
)  # fmt: skip
def test_nobody_is_visited_for_what_is_there_by_now_and_everybody_for_what_is_not(
    home: Home, people: list[int], campaign: Campaign, goal: str, fact: str, value: str
) -> None:
    has, other, nothing = people
    missing = "asxh_account" if goal != "asxh_account" else "bank_account"

    def store(session: Session) -> None:
        session.get_one(Campaign, campaign.id).goal = goal
        add_visits(session, session.get_one(Campaign, campaign.id), people, home.now())
        day = home.now().date()
        for person, kind, of in ((has, fact, value), (other, missing, "yes")):
            record(session, person, kind, of, "officer", as_of=day, now=home.now(), by="lan")

    home.db.write(store)
    with home.db.read() as session:
        assert {row.person for row in list_for_visits(session, COMMUNE, campaign.id)} == {other, nothing}
