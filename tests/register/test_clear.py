"""What lies in the clear holds no number of a person, by whichever door it came."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from campaigns import drafts
from campaigns.tables import Campaign, HelpSession
from register.categories import CATEGORIES
from register.clear import CLEAR, holds_number, names_somebody
from register.errors import BadInput
from register.everything import all_tables
from register.home import Home
from register.importing import SourceInfo, import_list
from register.tables import PersonCategory, Source
from register.units import hamlets_of


@pytest.mark.parametrize("text", ["số 060046303054", "gọi 0917768030", "0917 768 030", "+84917768030", "0917.768.030"])
def test_a_person_s_number_is_seen(text: str) -> None:
    assert holds_number(text)


@pytest.mark.parametrize("text", ["12/DS-UBND", "0252 3821234", "1900 0368", "20/11/2026", "Nghị quyết 418", "8h30"])
def test_other_numbers_are_let_through(text: str) -> None:
    assert not holds_number(text)


@pytest.mark.parametrize("where", ["document", "issuer", "purpose"])
def test_it_is_refused_with_a_sentence_and_nothing_is_stored(home: Home, where: str) -> None:
    source = Source(
        commune="22945", kind="list", as_of=date(2026, 11, 1), at=home.now(), **{where: "ông Bảy 0917768030"}
    )
    with pytest.raises(BadInput, match="không được mã hóa"):
        home.db.write(lambda session: session.add(source))
    with home.db.read() as session:
        assert session.exec(select(Source)).all() == []


def test_a_later_change_is_looked_at_too(home: Home) -> None:
    meeting = HelpSession(commune="22945", hamlet="22945", place="nhà văn hóa", starts_at=home.now(), capacity=9)
    home.db.write(lambda session: session.add(meeting))

    def change(session: object) -> None:
        session.exec(select(HelpSession)).one().place = "nhà bà Mai 060046303054"  # type: ignore[attr-defined]

    with pytest.raises(BadInput):
        home.db.write(change)


def test_a_change_that_is_written_out_is_looked_at_too(home: Home) -> None:
    def draft(session: Session) -> int | None:
        days = date(2026, 11, 23), date(2026, 12, 23)
        return drafts.start(session, "22945", "Đợt 1", "nq418-ready", ["zalo"], *days, "lan", home.now()).id

    def rename(name: str) -> None:
        home.db.write(lambda s: drafts.change(s, s.get_one(Campaign, number), 1, "lan", home.now(), name=name))

    number = home.db.write(draft)
    rename("Đợt tháng 12")
    for name, sentence in (("Đợt của 060046303054", "không được mã hóa"), ("Đợt " * 100, "dài quá")):
        with pytest.raises(BadInput, match=sentence):
            rename(name)
    with home.db.read() as session:
        assert session.get_one(Campaign, number).name == "Đợt tháng 12"


def test_every_column_that_is_looked_at_exists(home: Home) -> None:
    with home.db.read() as session:
        tables = {table.name: set(table.c.keys()) for table in all_tables(session)}
    assert {name: set(columns) - tables[name] for name, columns in CLEAR.items() if set(columns) - tables[name]} == {}


def test_a_text_in_the_clear_is_no_book(home: Home) -> None:
    meeting = HelpSession(commune="22945", hamlet="22945", place="nhà " * 100, starts_at=home.now(), capacity=9)
    with pytest.raises(BadInput, match="dài quá"):
        home.db.write(lambda session: session.add(meeting))


@pytest.mark.parametrize("text", ["Thân nhân liệt sĩ Nguyễn Văn Tưởng", "con bà Đặng Thị Mộng"])
def test_words_that_name_somebody_are_told(text: str) -> None:
    assert names_somebody(text)


def test_our_own_words_and_the_usual_ones_name_nobody() -> None:
    usual = ["Bà mẹ Việt Nam anh hùng", "Thân nhân liệt sĩ", "Người có công với Cách mạng"]
    assert not [text for text in usual + [one.label for one in CATEGORIES.values()] if names_somebody(text)]


def test_what_a_list_says_of_hamlets_and_categories_is_kept_without_anybodys_number_or_name(
    home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "ds.csv"
    rows = [
        "Họ và tên,Số định danh,Năm sinh,Khu phố,Loại đối tượng",
        "Trần Thị Lan,060150000001,1950,Khu phố 9 0902777888,Thân nhân liệt sĩ Nguyễn Văn Tưởng",
        f"Trần Thị Mai,060150000002,1950,{'Thôn rất dài ' * 40},Người cao tuổi 060150099999",
        "Trần Thị Bé,060150000003,1950,Khu phố 1,Thân nhân liệt sĩ",
    ]
    file.write_text("\n".join(rows))
    done = import_list(home, file, "22945", source=SourceInfo(date(2026, 11, 1)), by="lan")
    assert [remark.row for remark in done.warnings if remark.code == "hamlet_bad"] == [2, 3]
    with home.db.read() as session:
        hamlets = [unit.name for unit in hamlets_of(session, "22945")]
        words = set(session.exec(select(PersonCategory.name)).all())
    assert hamlets == ["Khu phố 1"]
    assert words == {CATEGORIES["ncc"].label, CATEGORIES["cao_tuoi"].label, "Thân nhân liệt sĩ"}
