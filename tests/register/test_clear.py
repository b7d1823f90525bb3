"""What lies in the clear holds no number of a person, by whichever door it came."""

from datetime import date

import pytest
from sqlmodel import select

from campaigns.tables import HelpSession
from register.clear import CLEAR, holds_number
from register.errors import BadInput
from register.everything import all_tables
from register.home import Home
from register.tables import Source


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


def test_every_column_that_is_looked_at_exists(home: Home) -> None:
    with home.db.read() as session:
        tables = {table.name: set(table.c.keys()) for table in all_tables(session)}
    assert {name: set(columns) - tables[name] for name, columns in CLEAR.items() if set(columns) - tables[name]} == {}
