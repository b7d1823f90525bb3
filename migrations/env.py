"""Alembic's environment: the schema is the sum of the rooms' tables."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import migrations.env_tables  # noqa: F401 — fills SQLModel.metadata
from database import make_engine
from settings import get_settings


def run() -> None:
    engine = context.config.attributes.get("engine") or make_engine(get_settings().database_url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
