"""The database: one writer thread per process, reads anywhere, and all that differs by dialect.

    db = Database("sqlite:///home/tungnha.db")
    db.write(lambda session: session.add(row))      # runs on the writer thread, commits
    with db.read() as session: ...                  # a read-only session
    await db.awrite(fn); await db.aread(fn)         # the same from async code

SQLite runs in WAL mode with synchronous=FULL: the ledger must survive a power cut. Every write
transaction there begins IMMEDIATE, so that it never fails half-way for want of the lock.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

T = TypeVar("T")

ROOT = Path(__file__).parent
LOCK_WAIT_MS = 15_000  # how long SQLite waits for another process's write lock


def make_engine(url: str, *, immediate: bool = False) -> Engine:
    """An engine that never prints row values. ``immediate``: SQLite write transactions."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        pool_pre_ping=not url.startswith("sqlite"),
    )
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _on_connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves, below
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=ON",
                f"busy_timeout={LOCK_WAIT_MS}",
            ):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def _on_begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


class Database:
    """One database as this process sees it: sync sessions, one writer thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._writing = make_engine(url, immediate=True) if self.is_sqlite else self.engine
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-writer")
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="db-reader")
        self._writer_ident: int | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever it changed is rolled back. Its rows stay readable afterwards."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def _run(self, fn: Callable[[Session], T]) -> T:
        self._writer_ident = threading.get_ident()
        with Session(self._writing, expire_on_commit=False) as session:
            result = fn(session)
            session.commit()
            return result

    def submit(self, fn: Callable[[Session], T]) -> Future[T]:
        """Queue ``fn`` on the writer thread. It gets a session; its end commits, an error rolls back."""
        if threading.get_ident() == self._writer_ident:
            raise RuntimeError("write() inside a write: pass the session on instead")
        return self._writer.submit(self._run, fn)

    def write(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn`` on the writer thread and wait for its result."""
        return self.submit(fn).result()

    async def awrite(self, fn: Callable[[Session], T]) -> T:
        """``write`` for async code."""
        return await asyncio.wrap_future(self.submit(fn))

    async def aread(self, fn: Callable[[Session], T]) -> T:
        """Run ``fn`` with a reading session on a reader thread."""

        def call() -> T:
            with self.read() as session:
                return fn(session)

        return await asyncio.wrap_future(self._readers.submit(call))

    def upgrade(self) -> None:
        """Bring the schema to the newest migration (Alembic)."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["engine"] = self._writing
        command.upgrade(config, "head")

    def close(self) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._writing.dispose()
        self.engine.dispose()


# --- What differs by dialect -------------------------------------------------------------------


def insert_new(session: Session, table: Any, rows: Sequence[dict[str, Any]], unique: Sequence[str]) -> None:
    """Insert rows; those whose ``unique`` columns already stand are left as they are."""
    if not rows:
        return
    flavour = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(flavour.insert(table).on_conflict_do_nothing(index_elements=list(unique)), list(rows))


def upsert(session: Session, table: Any, rows: Sequence[dict[str, Any]], unique: Sequence[str]) -> None:
    """Insert rows; where ``unique`` already stands, the other given columns are replaced."""
    if not rows:
        return
    flavour = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = flavour.insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in unique}
    session.execute(statement.on_conflict_do_update(index_elements=list(unique), set_=changed), list(rows))


def skip_locked(session: Session) -> dict[str, bool]:
    """Arguments for ``select.with_for_update``: rows that another worker holds are passed over.

    SQLite has one writer and ignores FOR UPDATE altogether.
    """
    return {"skip_locked": session.get_bind().dialect.name != "sqlite"}


def is_alive(db: Database) -> bool:
    """Whether the database answers (for /healthz)."""
    with db.read() as session:
        return session.execute(text("SELECT 1")).scalar() == 1
