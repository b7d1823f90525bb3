"""The schema that Alembic makes is the schema that the rooms' tables describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import migrations.env_tables  # noqa: F401
from register.home import Home


def test_nothing_is_missing_between_the_tables_and_the_migrations(home: Home) -> None:
    with home.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_upgrading_twice_is_upgrading_once(home: Home) -> None:
    home.db.upgrade()
    home.db.upgrade()
