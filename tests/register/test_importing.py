from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from register import arriving, importing
from register.audit import verify
from register.contacts import address_of, stop
from register.erase import erase
from register.errors import BadInput
from register.facts import record
from register.home import Home
from register.importing import Imported, SourceInfo, import_list
from register.ladder import ladder, ladders
from register.people import citizen_lookup, find_person, identity_of
from register.sample import sample_workbook, second_workbook
from register.tables import (
    AuditEvent,
    Contact,
    Fact,
    Person,
    PersonCategory,
    PersonContact,
    Source,
    Standing,
    Tombstone,
)

COMMUNE = "22945"
GIVEN = Path(__file__).parent / "lists" / "phan-thiet-447.xlsx"  # illustrative, nobody real
HEAD = ["Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Loại đối tượng", "Tài khoản ASXH", "Định danh mức 2"]
A = ["Lê Văn Đực", "060046303054", "0917768030", "Thôn Đông", "Thương binh", "x", "x"]
B = ["Trần Thị Nga", "060139001068", None, "Thôn Đông", "Người khuyết tật nặng", None, "đã cấp, chưa kích hoạt"]
C = ["Võ Thị Hoa", "060151938159", "0917768030", "Thôn Đoài", "Người khuyết tật nặng", None, None]
NOV, DEC = date(2026, 11, 5), date(2026, 12, 5)
Bring = Callable[..., Imported]


@pytest.fixture
def bring(home: Home, tmp_path: Path) -> Bring:
    """Import rows (below HEAD) or a file."""

    def bring(*rows: list[Any], file: Path | None = None, as_of: date = NOV, **options: Any) -> Imported:
        if file is None:
            file = tmp_path / "list.xlsx"
            book = openpyxl.Workbook()
            for row in (HEAD, *rows):
                book.worksheets[0].append(row)
            book.save(file)
        return import_list(home, file, COMMUNE, source=SourceInfo(as_of, "Sở Y tế"), by="lan", **options)

    return bring


def counts(home: Home) -> dict[str, int]:
    tables = (Person, PersonCategory, Fact, Standing, Contact, PersonContact, Source, AuditEvent)
    with home.db.read() as session:
        return {t.__name__: session.exec(select(func.count()).select_from(t)).one() for t in tables}


def changes(imported: Imported) -> tuple[int, int, int]:
    return imported.new, imported.changed, imported.left


def check_447(home: Home, imported: Imported) -> None:
    told = imported.to_json(reveal=True)
    assert len(told["people"]) == 447
    assert told["rejected"] == []
    people = told["people"]
    assert Counter(p["asxh"] for p in people) == {True: 35, False: 412}
    assert Counter(p["eid2"] for p in people) == {True: 349, False: 98}
    assert Counter(p["bank"] for p in people) == {True: 254, False: 193}
    assert {p["nq418"] for p in people} == {None}
    assert sum(p["phone"] is None for p in people) == 113
    assert all(len(p["citizen_id"]) == 12 and p["birth"] and p["sex"] and p["hamlet"] for p in people)
    assert changes(imported) == (447, 0, 0)
    with home.db.read() as session:
        rungs = {r.key: (r.yes, r.no, r.unknown) for r in ladder(session, COMMUNE)}
        assert rungs["asxh"] == (35, 412, 0)
        assert rungs["matched"] == (0, 28, 419)
        assert rungs["confirmed"] == (0, 0, 447)
        assert list(ladders(session, COMMUNE)) == [f"Khu phố {n}" for n in range(1, 6)]
        kinds = {name: rungs[0].yes for name, rungs in ladders(session, COMMUNE, "category").items()}
        assert kinds["Người có công với cách mạng và thân nhân"] == 37
        assert sum(kinds.values()) == 447
        assert session.exec(select(func.count()).where(Standing.special == "no_smartphone")).one() == 36


def test_the_list_of_447_comes_in(home: Home, bring: Bring) -> None:
    check_447(home, bring(file=GIVEN))
    before = counts(home)
    assert changes(bring(file=GIVEN, as_of=DEC)) == (0, 0, 0)
    assert counts(home) == before


def test_the_sample_comes_in_with_the_same_totals(home: Home, bring: Bring, tmp_path: Path) -> None:
    sample_workbook(tmp_path / "sample.xlsx")
    check_447(home, bring(file=tmp_path / "sample.xlsx"))


def test_the_second_sample_tells_who_made_it(home: Home, bring: Bring, tmp_path: Path) -> None:
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    sample_workbook(first)
    people = bring(file=first).people
    done = {p.citizen_id for p in people if not p.asxh and p.eid2 and p.bank}
    second_workbook(second, first, done)
    assert changes(bring(file=second, as_of=DEC)) == (0, len(done), 0)
    with home.db.read() as session:
        assert next(r.yes for r in ladder(session, COMMUNE) if r.key == "asxh") == 35 + len(done)


def test_what_is_told_is_masked_until_asked(bring: Bring) -> None:
    imported = bring(A, B, dry_run=True)
    shown = json.dumps(imported.to_json(reveal=False), ensure_ascii=False)
    assert not any(secret in shown for secret in ("Đực", "Trần Thị Nga", "060046303054", "0917768030"))
    told = imported.to_json(reveal=True)["people"][0]
    assert told == {
        "citizen_id": "060046303054", "full_name": "Lê Văn Đực", "birth": None, "sex": None, "phone": "0917768030",
        "hamlet": "Thôn Đông", "categories": ["Thương binh"], "nq418": None, "bank": None, "eid2": True, "asxh": True,
    }  # fmt: skip


def test_a_dry_run_stores_nothing(home: Home, bring: Bring) -> None:
    before = counts(home)
    imported = bring(A, B, C, dry_run=True)
    assert (changes(imported), imported.source) == ((3, 0, 0), None)
    assert counts(home) == before


def test_a_bad_file_or_commune_stores_nothing(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("Tên hàng;Giá\nGạo;20000\n", encoding="utf-8")
    before = counts(home)
    for given, commune in ((file, COMMUNE), (file, "99999"), (tmp_path / "none.xlsx", COMMUNE)):
        with pytest.raises(BadInput):
            import_list(home, given, commune, source=SourceInfo(NOV), by="lan")
    assert counts(home) == before


def test_the_same_file_twice_changes_nothing(home: Home, bring: Bring, tmp_path: Path) -> None:
    bring(A, B, C)
    before = counts(home)
    assert before["AuditEvent"] == before["Source"] == 1
    file = tmp_path / "list.xlsx"
    assert changes(bring(file=file)) == (0, 0, 0)
    assert changes(bring(file=file, as_of=DEC)) == (0, 0, 0)
    assert counts(home) == before
    with home.db.read() as session:
        assert verify(session).ok


def test_a_newer_list_changes_and_closes_and_opens_again(home: Home, bring: Bring) -> None:
    bring(A, B, C)
    moved = [*A[:3], "Thôn Đoài", *A[4:]]
    assert changes(bring(moved, B, as_of=DEC)) == (0, 1, 1)
    with home.db.read() as session:
        gone = find_person(session, home, C[1])
        assert (gone.closed_reason, gone.closed_at) == ("left_list", home.now())
        assert identity_of(home, gone)
    assert changes(bring(moved, B, C, as_of=DEC + timedelta(days=30))) == (0, 1, 0)
    with home.db.read() as session:
        assert find_person(session, home, C[1]).closed_at is None


def test_a_list_of_one_group_closes_nobody_of_another(home: Home, bring: Bring) -> None:
    bring(A, B, C)
    assert changes(bring(A, as_of=DEC)) == (0, 0, 0)  # a list of người có công
    assert changes(bring(B, as_of=DEC)) == (0, 0, 1)  # of bảo trợ xã hội: C left


def test_an_older_list_adds_and_changes_nobody(home: Home, bring: Bring) -> None:
    bring(A, B, as_of=DEC)
    renamed = ["Lê Văn Đức", *A[1:5], None, None]
    imported = bring(renamed, C, as_of=NOV)
    assert (imported.new, imported.left) == (1, 0)
    with home.db.read() as session:
        person = find_person(session, home, A[1])
        identity = identity_of(home, person)
        assert identity
        assert identity.full_name == "Lê Văn Đực"
        assert session.get_one(Standing, person.id).asxh_account == "yes"


def test_people_who_came_by_another_way_do_not_leave_with_a_list(
    home: Home, bring: Bring, add_person: Callable[..., int]
) -> None:
    number = add_person("060140000001")
    assert changes(bring(A)) == (1, 0, 0)
    with home.db.read() as session:
        assert session.get_one(Person, number).closed_at is None


def test_facts_are_what_the_file_states(home: Home, bring: Bring) -> None:
    bring(A, B, C)

    def standing(citizen_id: str) -> tuple[str, str, str, str]:
        with home.db.read() as session:
            s = session.get_one(Standing, find_person(session, home, citizen_id).id)
            return s.nq418, s.asxh_account, s.eid_level, s.bank_account

    assert standing(A[1]) == ("unknown", "yes", "2_active", "unknown")
    assert standing(B[1]) == ("unknown", "no", "2_granted", "unknown")
    assert standing(C[1]) == ("unknown", "no", "below_2", "unknown")
    assert changes(bring(A, B, C, nq418=True)) == (0, 3, 0)
    assert standing(C[1]) == ("yes", "no", "below_2", "unknown")


def test_a_claim_stands_until_a_newer_list_says_otherwise(home: Home, bring: Bring, tmp_path: Path) -> None:
    bring(A, B, C)
    with home.db.read() as session:
        number = find_person(session, home, C[1]).id
    assert number
    day = date(2026, 11, 20)
    home.db.write(lambda s: record(s, number, "asxh_account", "yes", "self", as_of=day, now=home.now(), since="during"))

    def says() -> str:
        with home.db.read() as session:
            return session.get_one(Standing, number).asxh_account

    bring(file=tmp_path / "list.xlsx", as_of=DEC)  # the same file again knows nothing new
    assert says() == "yes"
    bring([*A[:4], "Bệnh binh", *A[5:]], B, C, as_of=DEC)
    assert says() == "no"


def test_a_shared_phone_is_one_contact_and_a_changed_one_is_let_go(home: Home, bring: Bring) -> None:
    bring(A, B, C)
    with home.db.read() as session:
        [contact] = session.exec(select(Contact)).all()
        assert (address_of(home, contact), contact.owner, contact.lane) == ("0917768030", "unknown", "phone")
        assert len(session.exec(select(PersonContact)).all()) == 2
    changed = [*C[:2], "0392999188", *C[3:]]
    assert changes(bring([*A[:2], None, *A[3:]], B, changed, as_of=DEC)) == (0, 1, 0)  # an empty cell changes nothing
    with home.db.read() as session:
        assert find_person(session, home, "0917768030").lookup == citizen_lookup(home.keys, A[1])
        assert find_person(session, home, "0392999188").lookup == citizen_lookup(home.keys, C[1])


def test_a_list_undoes_neither_a_stop_nor_an_erasure(home: Home, bring: Bring) -> None:
    bring(A)

    def refuse(session: Session) -> None:
        stop(session, session.exec(select(Contact.id)).one(), home.now())  # type: ignore[arg-type]
        lookup = citizen_lookup(home.keys, B[1])
        session.add(Tombstone(lookup=lookup, kind="erased", at=home.now()))

    home.db.write(refuse)
    imported = bring(A, B, C, as_of=DEC)
    assert [remark.code for remark in imported.rejected] == ["erased"]
    assert changes(imported) == (1, 0, 0)
    with home.db.read() as session:
        assert session.exec(select(Contact.stopped_at)).one() == home.now()
        with pytest.raises(BadInput):
            find_person(session, home, B[1])


def test_a_stopped_phone_that_nobody_had_any_more_comes_back_stopped(home: Home, bring: Bring) -> None:
    bring(A)

    def forget(session: Session) -> None:
        contact = session.exec(select(Contact)).one()
        stop(session, contact.id, home.now())  # type: ignore[arg-type]
        session.delete(session.exec(select(PersonContact)).one())
        session.flush()
        session.delete(contact)

    home.db.write(forget)
    bring(A, C, as_of=DEC)
    with home.db.read() as session:
        assert session.exec(select(Contact.stopped_at)).one() is not None


def test_nothing_readable_is_in_the_database(home: Home, bring: Bring) -> None:
    bring(A, B, C)
    with home.db.read() as session:
        rows = [session.exec(select(t)).all() for t in (Person, Contact, Source, AuditEvent, Fact)]
    text = repr(rows)
    assert not any(secret in text for secret in ("Đực", A[1], A[2]))


def test_many_who_leave_at_once_are_worth_a_warning(bring: Bring) -> None:
    bring(A, B, C)
    assert "many_left" in [w.code for w in bring(A, C, as_of=DEC).warnings]


def test_children_are_a_branch_of_their_own(home: Home, bring: Bring) -> None:
    bring(["Lê Thị Bé", "060317000001", None, "Thôn Đông", "Trẻ em mồ côi", None, None])
    with home.db.read() as session:
        person = session.exec(select(Person)).one()
        assert (person.birth_year, person.sex) == (2017, "nữ")
        assert session.exec(select(Standing.special)).one() == "child"
        assert session.exec(select(PersonCategory.code).order_by(col(PersonCategory.code))).all() == ["tre_em"]


def test_who_died_or_moved_as_a_note_says_is_closed(home: Home, bring: Bring, tmp_path: Path) -> None:
    bring(A, B)
    file = tmp_path / "noted.csv"
    lines = ["Họ và tên;CCCD;Ghi chú", f"{A[0]};{A[1]};chết tháng 10", f"{B[0]};{B[1]};"]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert changes(bring(file=file, as_of=DEC)) == (0, 0, 1)
    with home.db.read() as session:
        assert find_person(session, home, A[1]).closed_reason == "died"
        assert find_person(session, home, B[1]).closed_at is None
    assert changes(bring(file=file, as_of=DEC)) == (0, 0, 0)


def test_progress_is_told_and_an_import_can_be_cancelled(home: Home, bring: Bring) -> None:
    told: list[tuple[int, int]] = []

    def cancel(done: int, total: int) -> None:
        told.append((done, total))
        if done == total:
            raise KeyboardInterrupt

    before = counts(home)
    with pytest.raises(KeyboardInterrupt):
        bring(A, B, C, progress=cancel)
    assert told[0][0] == 0
    assert len({total for _, total in told}) == 1
    assert told == sorted(told)
    assert counts(home) == before
    assert changes(bring(A, B, C)) == (3, 0, 0)


def test_where_nothing_changes_nothing_is_written(home: Home, bring: Bring, tmp_path: Path) -> None:
    bring(A, B, C)
    home.db.longest_write_s = 0
    bring(file=tmp_path / "list.xlsx")
    bring(A, [*B[:5], "x", None], dry_run=True)
    assert home.db.longest_write_s == 0


def test_what_is_written_while_a_list_is_compared_is_not_lost(home: Home, bring: Bring) -> None:
    bring(A, B)
    with home.db.read() as session:
        number = find_person(session, home, B[1]).id or 0
    day = DEC + timedelta(days=1)
    said: list[bool] = []

    def claim(done: int, total: int) -> None:
        if done == total - 1 and not said:  # all was compared, nothing switched yet
            say = {"as_of": day, "now": home.now()}
            said.append(home.db.write(lambda s: record(s, number, "asxh_account", "yes", "self", **say)))

    changed = [*A[:3], "Thôn Đoài", *A[4:]]
    assert changes(bring(changed, [*B[:6], "x"], C, as_of=DEC, progress=claim)) == (1, 2, 0)
    assert said == [True]
    with home.db.read() as session:
        standing = session.get_one(Standing, number)
        assert (standing.asxh_account, standing.eid_level) == ("yes", "2_active")


def test_a_claim_of_the_same_thing_made_meanwhile_stands_when_it_is_newer(home: Home, bring: Bring) -> None:
    bring(A, B)
    with home.db.read() as session:
        number = find_person(session, home, B[1]).id or 0

    def claim(done: int, total: int) -> None:
        if done == total - 1:
            say = {"as_of": DEC + timedelta(days=1), "now": home.now()}
            home.db.write(lambda s: record(s, number, "eid_level", "0", "self", **say))

    bring(A, [*B[:6], "x"], as_of=DEC, progress=claim)
    with home.db.read() as session:
        assert session.get_one(Standing, number).eid_level == "0"
        kinds = select(Fact.value).where(Fact.person == number, Fact.kind == "eid_level").order_by(col(Fact.id))
        assert session.exec(kinds).all() == ["2_granted", "0", "2_active"]


def test_who_is_erased_while_a_list_comes_in_stays_erased(home: Home, bring: Bring) -> None:
    bring(A, B)
    with home.db.read() as session:
        number = find_person(session, home, B[1]).id or 0

    def leave(done: int, total: int) -> None:
        if done == total - 1:
            with suppress(BadInput):  # once is enough
                erase(home, number, "lan", home.now())

    changed = ["Trần Thị Ngà", B[1], "0392999188", "Thôn Đoài", "Thương binh", "x", "x"]
    bring(A, changed, as_of=DEC, progress=leave)
    with home.db.read() as session:
        person = session.get_one(Person, number)
        assert (person.sealed, person.lookup, person.closed_reason) == (None, None, "erased")
        assert not session.exec(select(PersonContact).where(PersonContact.person == number)).all()
        newest = select(func.max(Fact.as_of)).where(Fact.person == number)
        assert session.exec(newest).one() == NOV


def test_two_processes_that_bring_the_same_phone_end_with_one(
    home: Home, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter([False, True, True])

    def refused_once(*arguments: Any) -> None:
        if not next(seen):
            raise IntegrityError("INSERT", None, Exception())
        arriving.store(*arguments)

    monkeypatch.setattr(importing, "store", refused_once)
    assert changes(bring(A, B, C)) == (3, 0, 0)
    assert counts(home)["Source"] == 1
