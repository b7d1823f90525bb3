"""Two versions during an upgrade: the old one runs on undisturbed, the new one waits, neither spoils the data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

import database
import jobs
import scheduler
from channels.transport import Transport
from register.errors import BadInput
from register.home import Home, open_home

NEXT = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9999", "{}"
def upgrade():
    op.create_table("of_the_new_version", sa.Column("id", sa.Integer(), primary_key=True))
"""


@pytest.fixture
def newer(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Home]:
    """``newer()`` opens the home as a version with one more migration does."""
    folder = tmp_path / "migrations"
    shutil.copytree(database.MIGRATIONS, folder)
    with home.db.read() as session:
        standing = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    (folder / "versions" / "9999_next.py").write_text(NEXT.format(standing))
    monkeypatch.setattr("database.UPGRADE_WAIT_S", 0.3)

    def open_() -> Home:
        with monkeypatch.context() as patch:
            patch.setattr("database.MIGRATIONS", folder)
            return open_home(home.settings, now=home.now)

    return open_


def version(home: Home) -> Any:
    with home.db.read() as session:
        return session.execute(text("SELECT version_num FROM alembic_version")).scalar()


async def test_new_code_waits_for_the_old_to_end_and_then_goes_on(home: Home, newer: Callable[[], Home]) -> None:
    transport, before = Transport(), version(home)
    async with scheduler.by_itself(jobs.new_work(home, transport)):
        with pytest.raises(BadInput, match="Hãy dừng mọi tungnha serve và tungnha worker"):
            newer()
        assert version(home) == before
    await transport.close()
    opened = newer()
    assert version(opened) == "9999"
    assert "of_the_new_version" in inspect(opened.db.engine).get_table_names()
    opened.close()


def test_old_code_refuses_what_a_newer_one_has_changed(home: Home, newer: Callable[[], Home]) -> None:
    newer().close()
    with pytest.raises(BadInput, match="bản Từng Nhà mới hơn"):
        open_home(home.settings, now=home.now)
    assert version(home) == "9999"


def test_two_of_the_new_that_start_together_change_it_once(
    home: Home, newer: Callable[[], Home], monkeypatch: Any
) -> None:
    monkeypatch.setattr("database.UPGRADE_WAIT_S", 30)
    monkeypatch.setattr("database.MIGRATIONS", Path(newer.__closure__[0].cell_contents))  # type: ignore[index]
    with ThreadPoolExecutor(2) as both:
        opened = list(both.map(lambda _: open_home(home.settings, now=home.now), range(2)))
    assert [version(one) for one in opened] == ["9999", "9999"]
    for one in opened:
        one.close()


async def test_nobody_begins_to_work_while_the_schema_is_changed(home: Home) -> None:
    transport = Transport()
    with home.db.alone(database.SCHEMA) as alone:
        assert alone
        with pytest.raises(BadInput, match="đang được nâng cấp"):
            async with scheduler.by_itself(jobs.new_work(home, transport)):
                raise AssertionError("never here")
    await transport.close()
