from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from register.errors import BadInput
from register.home import Home
from register.tables import AuditEvent, Unit
from register.units import commune_of, hamlet_named, set_setting, setting


def test_every_commune_of_the_34_provinces_is_there(home: Home) -> None:
    with home.db.read() as session:
        kinds = [u.kind for u in session.exec(select(Unit)).all()]
        assert (kinds.count("province"), kinds.count("commune")) == (34, 3321)
        assert commune_of(session, "22945").name == "Phường Phan Thiết"
        assert session.get_one(Unit, "75").name == "Thành phố Đồng Nai"
        assert not [u.name for u in session.exec(select(Unit)).all() if "  " in u.name]
        with pytest.raises(BadInput, match="5 chữ số"):
            commune_of(session, "2294")


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
