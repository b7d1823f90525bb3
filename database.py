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
import fcntl
import hashlib
import importlib.metadata
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    LargeBinary,
    Select,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlmodel import Session

T = TypeVar("T")

ROOT = Path(__file__).parent
MIGRATIONS = ROOT / "migrations"
ASKED = 500  # keys in one question: SQLite allows 32.766 parameters, older builds 999
LOCK_WAIT_MS = 15_000  # how long SQLite waits for another process's write lock
UPGRADE_WAIT_S = 10.0  # for whoever brings the schema up just now
SCHEMA = "schema"  # the lock's name: shared by who works with this schema, alone for who changes it
# PostgreSQL: a server that is not there, or vanished without a word, is known as such within half a minute
ANSWERS = {
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}  # fmt: skip
QUEUE_SCHEMA = "tungnha_jobs"  # PostgreSQL: the job queue's tables, apart from ours (carrier.py)
WRITER_CACHE_KIB = 16 * 1024
IMPORT_CACHE_KIB = 64 * 1024  # a large import's index pages would be spilled again and again


def make_engine(url: str, *, immediate: bool = False) -> Engine:
    """An engine that never prints row values. ``immediate``: SQLite write transactions."""
    kwargs: dict[str, Any] = {}
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    if url.startswith("postgresql+psycopg://"):
        kwargs["connect_args"] = ANSWERS
    engine = create_engine(
        url,
        hide_parameters=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        pool_pre_ping=not url.startswith("sqlite"),
        **kwargs,
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
            if immediate:
                connection.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")

        @event.listens_for(engine, "begin")
        def _on_begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


class SchemaTooNew(Exception):
    """A newer version has been here: ours does not know what its columns mean."""


class SchemaInUse(Exception):
    """Other processes work with the schema that is to be changed."""


class Database:
    """One database as this process sees it: sync sessions, one writer thread."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._writing = make_engine(url, immediate=True) if self.is_sqlite else self.engine
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-writer")
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="db-reader")
        self._writer_ident: int | None = None
        self.longest_write_s = 0.0  # how long one write kept the others waiting, at most

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def engines(self) -> tuple[Engine, ...]:
        """For reading and for writing."""
        return self.engine, self._writing

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever it changed is rolled back. Its rows stay readable afterwards."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def _run(self, fn: Callable[[Session], T]) -> T:
        self._writer_ident = threading.get_ident()
        start = time.perf_counter()
        try:
            with Session(self._writing, expire_on_commit=False) as session:
                result = fn(session)
                session.commit()
                return result
        finally:
            self.longest_write_s = max(self.longest_write_s, time.perf_counter() - start)

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

    def alone(self, what: str) -> AbstractContextManager[bool]:
        """Whether nobody else, in any process, is at ``what`` just now; until the end of the block nobody will be.

        The lock dies with its process. On SQLite it is a file's beside the database, on PostgreSQL the server's.
        """
        return self._locked(what, shared=False)

    def together(self, what: str) -> AbstractContextManager[bool]:
        """Whether nobody is ``alone`` at ``what``; until the end of the block nobody will be. Others may join."""
        return self._locked(what, shared=True)

    @contextmanager
    def _locked(self, what: str, *, shared: bool) -> Iterator[bool]:
        if self.is_sqlite:
            beside = Path(str(self.engine.url.database)).parent / "locks"
            beside.mkdir(mode=0o700, exist_ok=True)
            with (beside / f"{what}.lock").open("w") as file:
                try:
                    fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield False
                    return
                yield True
            return
        key, kind = _lock_key(what), "_shared" if shared else ""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            got = bool(connection.execute(text(f"SELECT pg_try_advisory_lock{kind}(:key)"), {"key": key}).scalar())
            try:
                yield got
            finally:
                if got:
                    with suppress(DBAPIError):  # the server went away meanwhile, and the lock with it
                        connection.execute(text(f"SELECT pg_advisory_unlock{kind}(:key)"), {"key": key})

    def upgrade(self) -> None:
        """Bring the schema to the newest migration (Alembic).

        Raises SchemaTooNew where a newer Từng Nhà made it, SchemaInUse where processes still work with the old one.
        """
        from alembic import command
        from alembic.config import Config
        from alembic.migration import MigrationContext
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self._writing
        script = ScriptDirectory.from_config(config)
        ours = {revision.revision for revision in script.walk_revisions()}

        def standing() -> str | None:
            with self.engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision()

        until = time.monotonic() + UPGRADE_WAIT_S
        while (now := standing()) != script.get_current_head():
            if now is not None and now not in ours:
                raise SchemaTooNew
            with self.alone(SCHEMA) as alone:
                if alone and standing() == now:
                    command.upgrade(config, "head")
                    continue
            if time.monotonic() > until:
                raise SchemaInUse
            time.sleep(0.2)  # somebody else is at it, or still works with the old one
        if not self.is_sqlite:
            self._lay_out_queue()

    def _lay_out_queue(self) -> None:
        """procrastinate's own schema, in one of PostgreSQL's. Of another version: dropped and made anew.

        The queue holds nothing that the ledger does not know, so nothing has to be carried over, backed up or erased.
        """
        version = importlib.metadata.version("procrastinate")
        standing = text(f"SELECT obj_description(to_regnamespace('{QUEUE_SCHEMA}'), 'pg_namespace')")
        with self.engine.begin() as connection:
            if connection.execute(standing).scalar() == version:
                return
            connection.execute(select(func.pg_advisory_xact_lock(_lock_key("queue"))))
            if connection.execute(standing).scalar() == version:  # made by another process meanwhile
                return
            from procrastinate.schema import SchemaManager

            connection.execute(text(f"DROP SCHEMA IF EXISTS {QUEUE_SCHEMA} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {QUEUE_SCHEMA}"))
            connection.execute(text(f"SET LOCAL search_path TO {QUEUE_SCHEMA}"))
            connection.connection.cursor().execute(SchemaManager.get_schema())  # many statements at once
            connection.execute(text(f"COMMENT ON SCHEMA {QUEUE_SCHEMA} IS '{version}'"))

    def close(self) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._writing.dispose()
        self.engine.dispose()


def _lock_key(what: str) -> int:
    """PostgreSQL's advisory locks have numbers for names."""
    return int.from_bytes(hashlib.blake2b(f"tungnha:{what}".encode(), digest_size=8).digest(), signed=True)


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


def bulk_insert(
    session: Session, table: Any, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], same: Mapping[str, Any]
) -> None:
    """Insert very many rows: COPY on PostgreSQL, one prepared statement on SQLite. They may come from a generator.

    ``columns`` are those in which rows differ; ``same`` has the value of those in which they do not. Columns
    without a value in either are left to the database. Raises IntegrityError, without any value in its words.
    """
    session.flush()
    driver = session.connection().connection
    plain = table.__table__
    cast = [_as_stored(session, plain.c[name]) for name in (*columns, *same)]
    end = tuple(one(value) if one else value for one, value in zip(cast[len(columns) :], same.values(), strict=True))
    to_cast = [(at, one) for at, one in enumerate(cast[: len(columns)]) if one]

    def stored() -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if to_cast:
                values = list(row)
                for at, one in to_cast:
                    values[at] = one(values[at])
                row = tuple(values)
            yield row + end

    names = ", ".join((*columns, *same))
    cursor: Any = driver.cursor()
    try:
        if session.get_bind().dialect.name == "sqlite":
            marks = ", ".join("?" * len(cast))
            cursor.executemany(f"INSERT INTO {plain.name} ({names}) VALUES ({marks})", stored())  # noqa: S608
        else:
            with cursor.copy(f"COPY {plain.name} ({names}) FROM STDIN") as copy:
                for row in stored():
                    copy.write_row(row)
    except session.get_bind().dialect.dbapi.IntegrityError as error:  # type: ignore[union-attr]
        raise IntegrityError(f"INSERT INTO {plain.name}", None, type(error)("refused")) from None
    finally:
        cursor.close()


def _as_stored(session: Session, column: Any) -> Callable[[Any], Any] | None:
    """What SQLAlchemy makes of this column's values before the driver gets them; None: nothing."""
    if isinstance(column.type, LargeBinary):
        return None  # both drivers take bytes as they are; the wrapper cost a tenth of a large import
    dialect = session.get_bind().dialect
    make: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return make


def among(session: Session, column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    """That the column is one of some hundred values.

    PostgreSQL gets them as one array: five hundred parameters took longer to be taken apart than to be looked up.
    """
    if session.get_bind().dialect.name == "sqlite":
        condition: ColumnElement[bool] = column.in_(values)
        return condition
    array = bindparam(None, list(values), type_=postgresql.ARRAY(column.type))
    return column == any_(array)


def numbers(session: Session, values: Sequence[int]) -> Any:
    """SELECT of these numbers, for ``column.in_``: one parameter, however many there are.

    A thousand parameters of their own took longer to be written out than the rows they name to be found.
    """
    if session.get_bind().dialect.name == "sqlite":
        return select(func.json_each(orjson.dumps(list(values)).decode()).table_valued("value").c.value)
    return select(func.unnest(bindparam(None, list(values), type_=postgresql.ARRAY(Integer))))


def batches(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """The keys in as many parts as there must be questions."""
    for start in range(0, len(keys), ASKED):
        yield keys[start : start + ASKED]


def learn_sizes(db: Database, tables: Iterable[str]) -> None:
    """After very many rows were put in: PostgreSQL plans by what it knows of its tables, and learns it late itself."""
    if db.is_sqlite:
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in tables:
            connection.execute(text(f'ANALYZE "{name}"'))


def reserve_ids(session: Session, table: Any, number: int) -> list[int]:
    """Ids for rows that are about to be inserted in this write, in rising order."""
    if session.get_bind().dialect.name == "sqlite":  # we hold the only write lock
        highest = session.execute(select(func.max(table.__table__.c.id))).scalar() or 0  # of all rows, seen or not
        return list(range(highest + 1, highest + 1 + number))
    sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
    taken = session.execute(select(func.nextval(sequence)).select_from(func.generate_series(1, number)))
    return sorted(taken.scalars())


def more_cache(session: Session, *, more: bool) -> None:
    """Keep more of SQLite's pages in memory while a large import is written. It stays so until it is said again."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"PRAGMA cache_size=-{IMPORT_CACHE_KIB if more else WRITER_CACHE_KIB}"))


def rows_in_one_write(session: Session) -> int:
    """How many rows a large job may write at once. On SQLite everybody else waits meanwhile: half a second of them."""
    return 20_000 if session.get_bind().dialect.name == "sqlite" else 500_000


def crossed(error: OperationalError) -> bool:
    """Whether another transaction was in the way: nothing was written, and it may be tried again."""
    if (number := _sqlite_number(error)) is not None:
        return number in (SQLITE_BUSY, SQLITE_LOCKED)
    return getattr(error.orig, "sqlstate", "") in ("40P01", "40001")  # deadlock, serialization failure


def away(error: BaseException) -> bool:
    """Whether the database cannot be reached or written just now: stopped, locked, its disk full or lost.

    It may come back: nothing is wrong with what was to be written.
    """
    if not isinstance(error, DBAPIError):
        return False
    if (number := _sqlite_number(error)) is not None:
        return number in SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None) or "08"  # no state: the line died
    gone = state[:2] in ("08", "53", "57", "58") and state != "57014"  # that one: a statement was cancelled
    return isinstance(error, OperationalError | InterfaceError) and gone


SQLITE_BUSY, SQLITE_LOCKED = 5, 6
SQLITE_AWAY = {SQLITE_BUSY, SQLITE_LOCKED, 8, 10, 13, 14}  # 8 read-only or moved, 10 I/O, 13 full, 14 cannot be opened


def _sqlite_number(error: DBAPIError) -> int | None:
    """SQLite's primary result code; None: another database's error."""
    number = getattr(error.orig, "sqlite_errorcode", None)
    return None if number is None else int(number) & 0xFF


def room_to_sort(session: Session) -> None:
    """For the rest of this write: PostgreSQL's 4 MB would put a large join's rows on disk again and again."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET LOCAL work_mem = '128MB'"))


def keep_rows(session: Session, rows: Select[Any]) -> None:
    """Until the end of this write these rows are ours: whoever else asks for one of them waits.

    SQLite has one writer, so there everything is ours. PostgreSQL: rows that refer to these may be written meanwhile.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(rows.with_for_update(key_share=True)).all()


def skip_locked(session: Session) -> dict[str, bool]:
    """Arguments for ``select.with_for_update``: rows that another worker holds are passed over.

    SQLite has one writer and ignores FOR UPDATE altogether.
    """
    return {"skip_locked": session.get_bind().dialect.name != "sqlite"}


def sweep(db: Database, tables: Iterable[str]) -> bool:
    """Leave nothing of rows that were changed or deleted where a copy of the files would still show it.

    SQLite (secure_delete) keeps old pages in its write-ahead log only: it is emptied. PostgreSQL keeps old rows until
    VACUUM; its own write-ahead log is out of our reach. False: somebody was reading, or we may not.
    """
    connection = db.engine.raw_connection()
    try:
        if db.is_sqlite:
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        connection.driver_connection.autocommit = True  # type: ignore[union-attr]
        for name in tables:
            connection.execute(f'VACUUM "{name}"')
        return True
    except db.engine.dialect.dbapi.Error:  # type: ignore[union-attr]
        return False
    finally:
        connection.invalidate()  # not back into the pool with another mode
        connection.close()


def is_alive(db: Database) -> bool:
    """Whether the database answers (for /healthz)."""
    with db.read() as session:
        return session.execute(text("SELECT 1")).scalar() == 1
