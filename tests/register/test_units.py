import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from register.errors import BadInput
from register.home import Home, open_home
from register.ladder import ladder
from register.tables import AuditEvent, Person, Unit
from register.units import (
    SHIPPED,
    commune_of,
    hamlet_named,
    load_units,
    look_up,
    names_on,
    read_changes,
    set_setting,
    setting,
)

TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
DONG_NAI = """Lộc Ninh, Tân Khai, Đồng Phú, Tân Phú, Trị An, Trảng Bom, Dầu Giây, Long Thành, Xuân Lộc, Nhơn Trạch"""


def communes(home: Home, on: date | None = None) -> dict[str, str]:
    """Code → name; ``on``: as the overlay had them that day."""
    with home.db.read() as session:
        found = dict(session.exec(select(Unit.code, Unit.name).where(Unit.kind == "commune")).all())
    if on is not None:
        later = [change.code for change in read_changes(SHIPPED) if change.day > on and len(change.code) == 5]
        found |= {code: f"Xã {found[code].split(' ', 1)[1]}" for code in later}
        found |= {code: name for code, name in names_on(on, read_changes(SHIPPED)).items() if len(code) == 5}
    return found


def spelt_alike(name: str) -> str:
    """One spelling of "Hòa" and "Hoà": the tone at the end of its syllable."""
    syllables = unicodedata.normalize("NFD", name.casefold()).split()
    return " ".join("".join(sorted(s, key=lambda c: c in TONES)) for s in syllables)


def test_every_commune_of_the_34_provinces_is_there(home: Home) -> None:
    with home.db.read() as session:
        units = session.exec(select(Unit)).all()
        assert Counter(unit.kind for unit in units) == {"province": 34, "commune": 3321}
        provinces = {unit.code for unit in units if unit.kind == "province"}
        assert {unit.parent for unit in units if unit.kind == "commune"} == provinces
        assert commune_of(session, "22945").name == "Phường Phan Thiết"
        assert not [unit.name for unit in units if "  " in unit.name or not unicodedata.is_normalized("NFC", unit.name)]
        with pytest.raises(BadInput, match="register communes"):
            commune_of(session, "2294")


def test_a_name_does_not_tell_which_commune_is_meant(home: Home) -> None:
    names = [spelt_alike(name) for name in communes(home, date(2026, 7, 25)).values()]
    assert (len(names), len(set(names))) == (3321, 2994)
    assert names.count(spelt_alike("Xã Tân Tiến")) == 7


def test_what_changed_in_2026_is_laid_over_the_package(home: Home) -> None:
    def kinds(on: date) -> tuple[int, int, int]:
        found = Counter(name.split()[0] for name in communes(home, on).values())
        return found["Phường"], found["Xã"], found["Đặc"]

    assert kinds(date(2026, 4, 29)) == (687, 2621, 13)
    assert kinds(date(2026, 4, 30)) == (697, 2611, 13)  # 237/NQ-UBTVQH16
    assert kinds(date(2026, 11, 23)) == (709, 2599, 13)  # 388/NQ-UBTVQH16
    wards = {name for code, name in names_on(date(2026, 4, 30), read_changes(SHIPPED)).items() if len(code) == 5}
    assert wards == {f"Phường {name}" for name in DONG_NAI.split(", ")}
    with home.db.read() as session:
        cities = session.exec(select(Unit.code).where(Unit.kind == "province", col(Unit.name).startswith("Thành phố")))
        assert sorted(cities.all()) == ["01", "22", "24", "31", "46", "48", "75", "79", "92"]


def test_a_commune_that_becomes_a_ward_keeps_its_code_and_its_people(
    home: Home, add_person: Callable[..., int], tmp_path: Path
) -> None:
    number = add_person("060046303054", hamlet="Thôn 1", commune="22960")
    own = tmp_path / "units.yaml"
    own.write_text('- from: 2026-12-01\n  document: thử\n  names:\n    "22960": Phường   Tên Mới\n')
    before = communes(home)["22960"]
    load_units(home.db, date(2026, 11, 30), own)
    assert communes(home)["22960"] == before  # not yet in force
    load_units(home.db, date(2026, 12, 1), own)
    assert communes(home)["22960"] == "Phường Tên Mới"
    with home.db.read() as session:
        person = session.get_one(Person, number)
        assert (person.commune, person.hamlet) == ("22960", "22960-01")
        assert ladder(session, "22960")[0].yes == 1
        assert session.get_one(Unit, "22960-01").parent == "22960"
    load_units(home.db, date(2026, 12, 2))
    assert communes(home)["22960"] == "Phường Tên Mới"


def test_an_opened_home_reads_its_own_overlay(home: Home) -> None:
    (home.path / "units.yaml").write_text('- from: 2026-11-01\n  names:\n    "22960": Đặc khu Thử\n')
    open_home(home.settings, now=home.now).close()
    assert communes(home)["22960"] == "Đặc khu Thử"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from: 2026-12-01", "danh sách"),
        ("- a: [", "không đọc được"),
        ('- from: hôm nay\n  names: {"22960": Xã A}', "from"),
        ("- from: 2026-12-01", "names"),
        ("- from: 2026-12-01\n  names: {07375: Xã A}", "ngoặc kép"),
        ('- from: 2026-12-01\n  names: {"2296": Xã A}', "ngoặc kép"),
        ('- from: 2026-12-01\n  names: {"22960": Quận A}', "Xã, Phường hoặc Đặc khu"),
        ('- from: 2026-12-01\n  names: {"22960": 5}', "chưa có tên"),
        ('- from: 2026-12-01\n  names: {"99999": Xã A}', "99999"),
    ],
)
def test_an_overlay_that_is_wrong_changes_nothing_and_says_why(
    home: Home, tmp_path: Path, text: str, said: str
) -> None:
    own = tmp_path / "units.yaml"
    own.write_text(text)
    before = communes(home)
    with pytest.raises(BadInput, match=said):
        load_units(home.db, date(2026, 12, 2), own)
    assert communes(home) == before


def test_a_hamlet_is_made_once_whatever_its_letter_case(home: Home) -> None:
    def make(session: Session) -> tuple[str, str, str]:
        names = ("Khu phố 1", "KHU PHỐ  1", "Khu phố 2")
        first, again, second = (hamlet_named(session, "22945", n) for n in names)
        return first, again, second

    assert home.db.write(make) == ("22945-01", "22945-01", "22945-02")


def test_a_moment_comes_back_as_the_aware_moment_it_was(home: Home) -> None:
    vietnam = datetime(2026, 11, 23, 8, 0, tzinfo=UTC) + timedelta(microseconds=5)

    def store(session: Session) -> None:
        session.add(AuditEvent(at=vietnam, actor="a", action="b", previous="", hash="c"))

    home.db.write(store)
    with home.db.read() as session:
        assert session.exec(select(AuditEvent.at)).one() == vietnam


def test_an_error_in_a_write_stores_nothing(home: Home) -> None:
    def broken(session: Session) -> None:
        hamlet_named(session, "22945", "Khu phố 9")
        raise BadInput("dừng")

    with pytest.raises(BadInput):
        home.db.write(broken)
    with home.db.read() as session:
        assert session.get(Unit, "22945-01") is None


def test_a_communes_own_words_are_kept_until_they_are_taken_away(home: Home) -> None:
    def words(*values: str) -> str:
        def run(session: Session) -> str:
            for value in values:
                set_setting(session, "22945", "hamlet_head", value)
            return setting(session, "22945", "hamlet_head", "trưởng thôn")

        return home.db.write(run)

    assert words() == "trưởng thôn"
    assert words("trưởng xóm", "trưởng khu phố") == "trưởng khu phố"
    assert words("") == "trưởng thôn"


@pytest.mark.parametrize("words", ["phan thiet", "Phường Phan Thiết", "phan thiết lâm đồng"])
def test_a_commune_is_found_by_its_name_with_or_without_accents(words: str) -> None:
    assert look_up(words, date(2026, 11, 23)) == [("22945", "Phường Phan Thiết, Lâm Đồng")]


def test_nobody_of_that_name() -> None:
    assert look_up("phan thiết cà mau", date(2026, 11, 23)) == []
