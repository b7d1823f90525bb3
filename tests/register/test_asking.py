"""Asking the police: whom, with what sheet, and what is taken from a sheet that comes back as sheets do."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import col, select

from register.answering import About, TakenIn, take_in
from register.apart import run_apart
from register.asking import (
    ask,
    forget_ended,
    handed_over,
    mark_sent,
    sheet_of,
    state_of,
    to_ask,
)
from register.erase import erase
from register.errors import BadInput
from register.facts import Said, record, record_many
from register.home import Clock, Home
from register.offices import OFFICES
from register.people import identity_of
from register.return_sheet import Answers, read_answers, row_code
from register.tables import AuditEvent, Fact, Inquiry, InquiryRow, Person, Source, Standing

NOV_1, TODAY = date(2026, 11, 1), date(2026, 11, 23)
POLICE = OFFICES["police"].questions
HEADINGS = ["Mã dòng", *POLICE.values()]


@pytest.fixture
def people(home: Home, add_person: Callable[..., int]) -> list[int]:
    """Four persons: nothing known, all known, said to have it by himself, does not match."""
    found = [add_person(f"06004630305{n}", name, hamlet) for n, (name, hamlet) in enumerate(
        [("Lê Thị Út", "Khu phố 2"), ("Trần Văn Bảy", "Khu phố 1"), ("=Phạm Thị Ba", "Khu phố 1"),
         ("Võ Tư", "Khu phố 2")]
    )]  # fmt: skip
    _, done, claims, odd = found
    said = [Said(p, "eid_level", "2_active") for p in (done, claims, odd)]
    said += [Said(done, "asxh_account", "yes"), Said(odd, "asxh_account", "no"), Said(odd, "data_matched", "no")]
    home.db.write(lambda s: record_many(s, said, "register", as_of=NOV_1, now=home.now()))
    home.db.write(lambda s: record(s, claims, "asxh_account", "yes", "self", as_of=NOV_1, now=home.now()))
    return found


def inquire(home: Home, why: tuple[str, ...] = ("unknown", "mismatch", "claimed"), **more: Any) -> Inquiry:
    return home.db.write(lambda s: ask(s, "22945", why, "lan", home.now(), days=90, **more))


def codes(home: Home) -> dict[int, str]:
    with home.db.read() as session:
        return {row.person: row.code for row in session.exec(select(InquiryRow)).all()}


def returned(tmp_path: Path, rows: list[list[Any]], headings: list[str] = HEADINGS) -> Answers:
    book = Workbook()
    for row in [["BẢNG RÀ SOÁT"], headings, *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "traloi.xlsx")
    return read_answers(tmp_path / "traloi.xlsx")


def receive(home: Home, answers: Answers, as_of: date = TODAY, commune: str = "22945", **more: Any) -> TakenIn:
    return take_in(home, commune, answers, About(as_of, "12/CAP"), "lan", home.now(), **more)


def known(home: Home, person: int) -> tuple[str, str, str]:
    with home.db.read() as session:
        found = session.get(Standing, person) or Standing(person=person)
    return found.data_matched, found.eid_level, found.asxh_account


def everything(home: Home) -> list[int]:
    with home.db.read() as session:
        return [len(session.exec(select(table)).all()) for table in (Fact, Source, AuditEvent, Standing)]


# --- Whom ---------------------------------------------------------------------------------------


def test_only_those_of_whom_something_is_open_are_asked_about(home: Home, people: list[int]) -> None:
    with home.db.read() as session:
        found = to_ask(session, "22945", home.now())
    assert found.by_why == {"unknown": 1, "mismatch": 1, "claimed": 1, "level2": 0}
    assert found.by_hamlet == [("22945-01", "Khu phố 2", 2)]
    inquire(home, ("unknown",))
    assert set(codes(home)) == {people[0]}
    with home.db.read() as session:
        assert to_ask(session, "22945", home.now()).waiting == 1
    with pytest.raises(BadInput, match="đang chờ trả lời"):
        inquire(home, ("unknown",))
    assert inquire(home, ("unknown",), again=True).people == 1


def test_nobody_is_asked_about_who_can_have_no_account_or_has_left(home: Home, people: list[int]) -> None:
    def change(session: Any) -> None:
        session.get_one(Person, people[0]).birth_year = 2022
        session.get_one(Person, people[3]).closed_at = home.now()

    home.db.write(change)
    with home.db.read() as session:
        assert to_ask(session, "22945", home.now()).by_why == {"unknown": 0, "mismatch": 0, "claimed": 1, "level2": 0}


def test_one_hamlet_can_be_asked_about_and_a_strange_one_cannot(home: Home, people: list[int]) -> None:
    with pytest.raises(BadInput, match="22945-09"):
        inquire(home, hamlets=["22945-09"])
    inquiry = inquire(home, hamlets=["22945-01"], document=" 15/UBND ", office="")
    assert set(codes(home)) == {people[0], people[3]}
    assert (inquiry.office, inquiry.document, inquiry.people) == ("Công an phường Phan Thiết", "15/UBND", 2)
    with pytest.raises(BadInput, match="lý do"):
        inquire(home, ("bank",))


# --- The sheet ----------------------------------------------------------------------------------


def test_the_sheet_says_who_and_asks_nothing_about_banks(home: Home, people: list[int]) -> None:
    inquiry = inquire(home)
    before = sorted(file.name for file in home.path.rglob("*"))
    content = sheet_of(home, inquiry.id or 0, "lan", home.now())
    assert sorted(file.name for file in home.path.rglob("*")) == before  # nothing of it stays on the disk
    sheet = load_workbook(io.BytesIO(content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]  # type: ignore[union-attr]
    top = next(n for n, row in enumerate(rows) if row[0] == "Mã dòng")
    assert rows[top] == ["Mã dòng", "Họ và tên", "Ngày sinh", "Số định danh", "Địa bàn", *POLICE.values(), "Ghi chú"]
    assert [row[1:5] for row in rows[top + 1 :]] == [
        ["Võ Tư", "1946", "060046303053", "Khu phố 2"],
        ["Lê Thị Út", "1946", "060046303050", "Khu phố 2"],
        ["=Phạm Thị Ba", "1946", "060046303052", "Khu phố 1"],
    ]
    assert sheet.cell(top + 4, 2).data_type == "s"  # type: ignore[union-attr]  # a name is no formula
    words = " ".join(str(cell) for row in rows[:top] for cell in row if cell)
    assert "Chỉ người được giao việc này được dùng" in words
    assert "21/02/2027" in words
    [choice] = sheet.data_validations.dataValidation  # type: ignore[union-attr]
    assert choice.formula1 == '"có,chưa,không rõ"'
    with home.db.read() as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "inquiry_sheet_taken")).one()
    assert (event.actor, event.detail) == ("lan", {"rows": 3, "why": "unknown+mismatch+claimed"})


def test_row_codes_are_random_and_read_whatever_the_hand(home: Home, people: list[int]) -> None:
    inquire(home)
    found = list(codes(home).values())
    assert len(set(found)) == 3
    assert all(row_code(code) == code for code in found)
    assert row_code(f" {found[0].lower().replace('-', ' ')} ") == found[0]
    assert [row_code(text) for text in ("", "AAA-AAA", 123456, "12", "Cộng")] == [""] * 5


# --- What comes back ----------------------------------------------------------------------------


def test_the_answers_become_facts_of_the_register(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    code = codes(home)
    rows = [
        [code[people[0]], "có", "có", "có", "chưa"],
        [code[people[2]], "", "", "", "chưa"],
        [code[people[3]], "không rõ", "không rõ", "", "không rõ"],
    ]
    looked = receive(home, returned(tmp_path, rows), apply=False)
    assert known(home, people[0]) == ("unknown", "unknown", "unknown")
    taken = receive(home, returned(tmp_path, rows))
    assert looked.to_json() == taken.to_json()
    assert (taken.rows, taken.changed, taken.denied, taken.rejected) == (3, 2, 1, [])
    assert known(home, people[0]) == ("yes", "2_active", "no")
    assert known(home, people[2]) == ("unknown", "2_active", "no")  # a claim that the list denies
    assert known(home, people[3]) == ("no", "2_active", "no")  # left open: as it was
    with home.db.read() as session:
        source = session.get_one(Source, taken.source)
        said = session.exec(select(Fact).where(Fact.source == taken.source)).all()
        assert session.exec(select(Inquiry.answered_at)).one() == home.now()
    assert (source.kind, source.as_of, source.document) == ("return", TODAY, "12/CAP")
    assert (source.issuer, source.commune) == ("Công an phường Phan Thiết", "22945")
    assert {(fact.evidence, fact.as_of) for fact in said} == {("register", TODAY)}
    assert len(said) == 4


def test_the_same_sheet_again_changes_nothing(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    answers = returned(tmp_path, [[codes(home)[people[0]], "có", "có", "chưa", "chưa"]])
    assert receive(home, answers).source is not None
    before = everything(home)
    with home.db.read() as session:
        assert to_ask(session, "22945", home.now()).waiting == 0  # an inquiry that was answered is waited for no more
    again = receive(home, answers)
    assert (again.source, again.changed, again.rows) == (None, 0, 1)
    assert everything(home) == before


def test_a_sheet_is_read_whatever_people_did_to_it(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    code = codes(home)
    headings = [
        "STT", "ĐỊNH DANH MỨC 2: ĐÃ KÍCH HOẠT", "Người rà soát", "mã dòng ", "Tài khoản ASXH trên VNeID: đã có",
        "Định danh mức 2: đã cấp", "Thông tin khớp dữ liệu dân cư",
    ]  # fmt: skip
    rows: list[list[Any]] = [
        [2, "CHƯA", "Đ/c Hùng", code[people[3]].lower(), "K", "Rồi", "khớp"],
        [],
        [1, "X", "Đ/c Hùng", code[people[0]].replace("-", ""), "C", None, "Co\u0301"],
        ["Cộng", None, None, 2, None, None, None],
        [None, None, "NGƯỜI LẬP BẢNG", None, None, None, None],
    ]
    answers = returned(tmp_path, rows, headings)
    assert (answers.rejected, answers.warnings) == ([], [])
    receive(home, answers)
    assert known(home, people[0]) == ("yes", "2_active", "yes")
    assert known(home, people[3]) == ("yes", "2_granted", "no")


def test_rows_that_cannot_be_right_are_left_out_with_a_sentence(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    code = codes(home)
    rows: list[list[Any]] = [
        [code[people[0]], "", "", "", "có"],
        [code[people[2]], "", "chưa", "có", ""],  # active without level 2
        [code[people[3]], "", "", "", "có"],
        [code[people[3]], "", "", "", "chưa"],
        ["CCC-CCC", "", "", "", "có"],
        ["mã gì đó", "có", "", "", ""],
        [code[people[0]], "", "", "", "có"],  # the same row once more says the same
    ]
    taken = receive(home, returned(tmp_path, rows))
    assert sorted(remark.code for remark in taken.rejected) == [
        "answer_contradicts", "code_bad", "code_twice", "code_unknown",
    ]  # fmt: skip
    assert known(home, people[0])[2] == "yes"
    assert (known(home, people[3])[2], taken.rows) == ("no", 1)  # as it was: neither of two answers counts


def test_half_an_answer_states_nothing(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    taken = receive(home, returned(tmp_path, [[codes(home)[people[0]], "hay", "có", "", "có"]]))
    assert sorted(remark.code for remark in taken.warnings) == ["answer_half", "answer_odd"]
    assert known(home, people[0]) == ("unknown", "unknown", "yes")


def test_a_sheet_of_another_commune_is_refused_whole(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    answers = returned(tmp_path, [[codes(home)[people[0]], "", "", "", "có"], ["CCC-CCC", "", "", "", "có"]])
    before = everything(home)
    with pytest.raises(BadInput, match="xã, phường khác"):
        receive(home, answers, commune="22960")
    strangers = returned(tmp_path, [["CCC-CCC", "", "", "", "có"]])
    with pytest.raises(BadInput, match="Không có dòng nào"):
        receive(home, strangers)
    assert everything(home) == before


@pytest.mark.parametrize(("as_of", "said"), [(date(2026, 11, 24), "sau hôm nay"), (date(2026, 11, 22), "trước ngày")])
def test_an_answer_has_a_day_between_the_letter_and_today(
    home: Home, people: list[int], tmp_path: Path, as_of: date, said: str
) -> None:
    inquire(home)
    with pytest.raises(BadInput, match=said):
        receive(home, returned(tmp_path, [[codes(home)[people[0]], "", "", "", "có"]]), as_of)


def test_codes_end_with_the_inquiry_and_are_then_forgotten(
    home: Home, people: list[int], tmp_path: Path, clock: Any
) -> None:
    number = inquire(home).id or 0
    answers = returned(tmp_path, [[codes(home)[people[0]], "", "", "", "có"]])
    clock.advance(timedelta(days=89))
    assert home.db.write(lambda s: forget_ended(s, home.now())) == 0
    clock.advance(timedelta(days=2))
    with pytest.raises(BadInput, match="Không có dòng nào"):
        receive(home, answers, date(2026, 12, 1))
    with pytest.raises(BadInput, match="hết hạn"):
        sheet_of(home, number, "lan", home.now())
    assert home.db.write(lambda s: forget_ended(s, home.now())) == 3
    assert codes(home) == {}


def test_an_erased_person_is_in_no_sheet_any_more(home: Home, people: list[int]) -> None:
    number = inquire(home).id or 0
    assert erase(home, people[0], "lan", home.now()).ok
    assert people[0] not in codes(home)
    assert "Út".encode() not in sheet_of(home, number, "lan", home.now())


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", "Mã dòng;gì đó\nCCC-CCC;có\n".encode()])
def test_a_file_that_is_no_return_sheet_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "la.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput):
        run_apart(read_answers, file)


def test_many_sheets_are_no_way_around_the_most_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("register.return_sheet.MOST_ROWS", 30)
    book = Workbook()
    for number in range(3):
        sheet = book.create_sheet(f"S{number}")
        sheet.append(["Mã dòng", "Tài khoản ASXH trên VNeID: đã có"])
        for _ in range(12):
            sheet.append(["KHM-234", "có"])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(BadInput, match="hơn 30 dòng"):
        read_answers(tmp_path / "a.xlsx")


def test_a_sheet_is_read_in_a_child_with_bounds(home: Home, people: list[int], tmp_path: Path) -> None:
    inquire(home)
    with home.db.read() as session:
        code = session.exec(select(InquiryRow.code).where(col(InquiryRow.person) == people[0])).one()
    file = tmp_path / "traloi.csv"
    file.write_text(f"Mã dòng;Tài khoản ASXH\n{code};Rồi\n", encoding="utf-8")
    assert run_apart(read_answers, file).said == {code: {"asxh": True}}


# --- The other offices ----------------------------------------------------------------------------


@pytest.fixture
def rungs(home: Home, add_person: Callable[..., int]) -> dict[str, int]:
    """One person below each rung that somebody else can lift."""
    said = {
        "no_bank": ("bank_account", "no"),
        "cash": ("payout", "cash"),
        "delegated": ("payout", "delegated"),
        "level2": ("eid_level", "2_granted"),
    }
    found = {key: add_person(f"06004630307{n}", f"Lê Thị {key}") for n, key in enumerate(said)}
    facts = [Said(found[key], *one) for key, one in said.items()]
    home.db.write(lambda s: record_many(s, facts, "register", as_of=NOV_1, now=home.now()))
    return found


@pytest.mark.parametrize(
    ("kind", "why", "answers", "fact"),
    [
        ("bank", "no_bank", ["có"], ("bank_account", "yes", "officer")),
        ("bank", "no_bank", ["chưa"], ("bank_account", "no", "officer")),
        ("payer", "delegated", ["có", None, None], ("receipt_confirmed", "yes", "register")),
        ("payer", "delegated", ["chưa", None, None], ("receipt_confirmed", "no", "register")),
        ("payer", "cash", [None, "chưa", "có"], ("payout", "own_account", "register")),
        ("police", "level2", [None, "có", "có", None], ("eid_level", "2_active", "register")),
    ],
)
def test_each_office_answers_for_the_rung_it_lifts(
    home: Home, rungs: dict[str, int], tmp_path: Path, kind: str, why: str, answers: list[Any], fact: tuple[str, ...]
) -> None:
    inquiry = inquire(home, (why,), kind=kind)
    assert set(codes(home)) == {rungs[why]}
    headings = ["Mã dòng", *OFFICES[kind].questions.values()]
    receive(home, returned(tmp_path, [[codes(home)[rungs[why]], *answers]], headings))
    with home.db.read() as session:
        newest = session.exec(select(Fact).order_by(col(Fact.id).desc())).first()
        assert newest is not None
        assert (newest.person, newest.kind, newest.value, newest.evidence) == (rungs[why], *fact)
        assert state_of(session.get_one(Inquiry, inquiry.id), home.now()) == "answered"


@pytest.mark.parametrize("kind", ["bank", "payer"])
def test_the_bank_and_the_payer_get_no_citizen_id_and_no_birthday(home: Home, rungs: dict[str, int], kind: str) -> None:
    inquiry = inquire(home, OFFICES[kind].usual, kind=kind)
    book = load_workbook(io.BytesIO(sheet_of(home, inquiry.id or 0, "lan", home.now())))
    cells = [str(cell.value) for row in book.active.iter_rows() for cell in row]  # type: ignore[union-attr]
    assert any("Lê Thị" in cell for cell in cells)
    assert "Số định danh" not in cells
    with home.db.read() as session:
        asked = [identity_of(home, session.get_one(Person, person)) for person in codes(home)]
    for identity in asked:
        assert identity is not None
        assert identity.citizen_id not in " ".join(cells)


def test_an_office_is_not_asked_what_another_one_knows(home: Home, rungs: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="lý do"):
        inquire(home, ("no_bank",), kind="payer")
    with pytest.raises(BadInput, match="Nơi nhận"):
        inquire(home, ("no_bank",), kind="shop")
    inquire(home, ("no_bank",), kind="bank")
    assert inquire(home, ("unknown",)).people == 4  # that the bank has somebody does not keep the police from it


def test_a_letter_is_to_send_then_sent_then_overdue_until_its_answer(
    home: Home, rungs: dict[str, int], clock: Clock
) -> None:
    number = inquire(home, ("no_bank",), kind="bank").id

    def now_is() -> str:
        with home.db.read() as session:
            return state_of(session.get_one(Inquiry, number), home.now())

    def with_them() -> set[int]:
        with home.db.read() as session:
            return set(session.exec(handed_over(home.now())).all())

    assert (now_is(), with_them()) == ("to_send", set())
    home.db.write(lambda s: mark_sent(s, s.get_one(Inquiry, number), "lan", home.now()))
    assert (now_is(), with_them()) == ("sent", {rungs["no_bank"]})
    with pytest.raises(BadInput, match="gửi rồi"):
        home.db.write(lambda s: mark_sent(s, s.get_one(Inquiry, number), "lan", home.now()))
    clock.advance(timedelta(days=16))
    assert (now_is(), with_them()) == ("overdue", set())  # nobody is kept waiting for an office that does not answer
    clock.advance(timedelta(days=80))
    assert now_is() == "ended"


def test_a_payer_who_says_two_things_of_one_person_is_asked_again(
    home: Home, rungs: dict[str, int], tmp_path: Path
) -> None:
    inquire(home, ("cash",), kind="payer")
    headings = ["Mã dòng", *OFFICES["payer"].questions.values()]
    answers = returned(tmp_path, [[codes(home)[rungs["cash"]], "có", "có", "có"]], headings)
    assert [remark.code for remark in answers.rejected] == ["answer_contradicts"]
    assert answers.said == {}
