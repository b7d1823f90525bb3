"""The tables are those of the database as it is now, however often they were asked for."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session

from register.everything import all_tables
from register.home import Home


def columns(home: Home) -> dict[str, dict[str, bool | None]]:
    with home.db.read() as session:
        return {table.name: {one.name: one.nullable for one in table.columns} for table in all_tables(session)}


def test_a_table_or_a_column_that_is_added_is_met_at_once(home: Home) -> None:
    before = columns(home)

    def change(session: Session) -> None:
        session.execute(text("CREATE TABLE added (id INTEGER PRIMARY KEY, person INTEGER REFERENCES person (id))"))
        session.execute(text("ALTER TABLE unit ADD COLUMN added VARCHAR"))

    home.db.write(change)
    after = columns(home)
    assert after["added"].keys() == {"id", "person"}
    assert after["unit"] == before["unit"] | {"added": True}
    with home.db.read() as session:
        added = next(table for table in all_tables(session) if table.name == "added")
        assert {key.target_fullname for key in added.foreign_keys} == {"person.id"}


def test_tables_that_are_the_same_are_read_once(home: Home) -> None:
    with home.db.read() as session:
        first = all_tables(session)
    with home.db.read() as session:
        assert [id(table) for table in all_tables(session)] == [id(table) for table in first]
