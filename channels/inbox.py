"""The inbox: what came in is stored before it is answered, and gone once it is handled.

    await inbox.receive("telegram", "main", event)     redacted, sealed, on disk; False: seen before
    await inbox.drain({"telegram": door.feed, "zalo": door.feed})
    await inbox.serve(handlers)                        drain whenever something comes, until cancelled

A file of its own (SQLite, secure_delete), so that a webhook never waits for an import. Secrets are
taken out first; what is left is sealed with the home's keys. One sender's events are handled in the
order they came; an event that fails is tried again after RETRY_S, and then stands aside (counted, kept
sealed for KEPT, then dropped). A crash between handling and deleting handles
an event twice: handlers bear that. Answers that may not go out now (NotYet) wait here too, and hold up nobody.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from channels.telegram import webhook as telegram
from channels.zalo import webhook as zalo
from channels.zalo_bot import webhook as zalo_bot
from database import away
from register.home import Home

log = structlog.get_logger(__name__)

Handler = Callable[[dict[str, Any], tuple[str, ...]], Awaitable[Any]]
Row = tuple[str, bytes, bytes, bytes, str]

WEBHOOKS: dict[str, Any] = {"telegram": telegram, "zalo": zalo, "zalo_bot": zalo_bot}
RETRY_S = (5, 30, 120, 600)  # an import or a restart of the database is over by then
AWAY_S = 15  # the next try while the database is away
MAX_TRIES = len(RETRY_S) + 1
KEPT = timedelta(days=7)  # what nobody could handle, or whose channel has no handler
SEEN = timedelta(days=3)  # longer than any provider's retries (Telegram: a day)
AT_ONCE = 64  # senders of one channel handled side by side: their turns share a commit (bot/together.py)
BATCH = 500
LOOK_AGAIN_S = 5.0  # for failed events whose time has come
ABOUT = "inbox"
UNSAID = "unsaid"
SHAPE = (AttributeError, TypeError, ValueError, RecursionError)  # `receive` of an event of a shape nobody knows

RECEIVED = Counter("tungnha_inbox_received_total", "Events stored", ["channel"])
FAILED = Counter("tungnha_inbox_failed_total", "Events whose handler failed", ["channel"])
WAITING = Gauge("tungnha_inbox_waiting", "Events not yet handled, at most a batch", ["channel"])

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, key BLOB NOT NULL UNIQUE, sender BLOB NOT NULL,
    sealed BLOB NOT NULL, at TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, retry_at TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS seen (key BLOB PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID;
"""


class NotYet(Exception):
    """A handler's way to say: the event is handled, but ``answers`` may not go out before ``until`` (aware).

    They come back to it then as the event {UNSAID: answers}: once, whatever becomes of it.
    """

    def __init__(self, until: datetime, answers: dict[str, Any]) -> None:
        super().__init__()
        self.until, self.answers = until, answers


class Inbox:
    """The inbox of one home. One process at a time (``serve`` locks its home)."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._pending: list[tuple[Row | int, asyncio.Future[bool]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._news: dict[str, asyncio.Event] = {channel: asyncio.Event() for channel in WEBHOOKS}
        self._db = self._thread.submit(self._open).result()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._home.inbox_file, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=15000"):
            db.execute(f"PRAGMA {pragma}")
        db.executescript(SCHEMA)
        self._home.inbox_file.chmod(0o600)
        return db

    def close(self) -> None:
        self._thread.submit(self._db.close).result()
        self._thread.shutdown()

    # --- coming in ----------------------------------------------------------------------------

    async def receive(self, channel: str, lane: str, event: dict[str, Any]) -> bool:
        """Redact, seal and store a provider's event. False: it was here before. ValueError: it has no key."""
        webhook = WEBHOOKS[channel]
        key, sender = webhook.event_key(event), webhook.sender_of(event)
        if not key:
            raise ValueError("event without a key")
        clean, secrets = webhook.clean(event)
        return await self.put(channel, lane, key, clean, secrets, sender)

    async def put(
        self, channel: str, lane: str, key: str, event: dict[str, Any], secrets: tuple[str, ...] = (), sender: str = ""
    ) -> bool:
        """Store an event that is already redacted; on disk when this returns. False: seen before."""
        keys, now = self._home.keys, self._home.now()
        sealed = keys.seal({"event": event, "secrets": list(secrets), "lane": lane}, ABOUT)
        row = (
            channel,
            keys.lookup("event", f"{channel}:{lane}:{key}"),
            keys.lookup("sender", f"{channel}:{lane}:{sender or key}"),
            sealed,
            now.isoformat(),
        )
        new = await self._in_common(row)
        if new:
            RECEIVED.labels(channel).inc()
            self._news[channel].set()
        return new

    async def _in_common(self, work: Row | int) -> bool:
        """Store a row, or delete the event of this number, in the next common commit; it is on disk on return."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._pending.append((work, future))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit())
        return await future

    async def _commit(self) -> None:
        """Write all that waits in one transaction: one fsync for a whole wave of webhooks and handled events."""
        while self._pending:
            batch, self._pending = self._pending, []
            try:
                results = await self._on_thread(self._write, [work for work, _ in batch])
            except Exception as error:
                log.error("inbox.write_failed", error=type(error).__name__)
                for _, future in batch:
                    if not future.done():
                        future.set_exception(OSError("inbox"))
                continue
            for (_, future), new in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(new)

    def _write(self, works: list[Row | int]) -> list[bool]:
        results = []
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for row in works:
                if isinstance(row, int):
                    self._db.execute("DELETE FROM event WHERE id = ?", (row,))
                    results.append(True)
                    continue
                first = self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (row[1], row[4])).rowcount
                results.append(first == 1)
                if first:
                    self._db.execute("INSERT INTO event (channel, key, sender, sealed, at) VALUES (?,?,?,?,?)", row)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        return results

    # --- being handled ------------------------------------------------------------------------

    async def drain(self, handlers: Mapping[str, Handler]) -> int:
        """Handle what waits, one sender's events in order. Returns how many were handled.

        Channels side by side: one that answers slowly, by its pace or its trouble, holds up no other.
        """
        return sum(await asyncio.gather(*(self._drain(channel, handlers) for channel in handlers)))

    async def _drain(self, channel: str, handlers: Mapping[str, Handler]) -> int:
        handled = 0
        while True:
            rows = await self._on_thread(self._due, channel, self._home.now().isoformat())
            WAITING.labels(channel).set(len(rows))
            if not rows:
                return handled
            chains: dict[bytes, list[tuple[int, str, bytes]]] = {}
            for number, channel, sender, sealed in rows:
                chains.setdefault(sender, []).append((number, channel, sealed))
            gate = asyncio.Semaphore(AT_ONCE)
            handled += sum(await asyncio.gather(*(self._chain(chain, handlers, gate) for chain in chains.values())))

    def _due(self, channel: str, now: str) -> list[tuple[int, str, bytes, bytes]]:
        """The oldest events, but none of a sender whose earlier event waits for its next try."""
        query = """
            SELECT id, channel, sender, sealed FROM event
            WHERE tries < ? AND channel = ? AND retry_at <= ?
              AND sender NOT IN (SELECT sender FROM event WHERE tries BETWEEN 1 AND ? AND retry_at > ?)
            ORDER BY id LIMIT ?"""
        return self._db.execute(query, (MAX_TRIES, channel, now, MAX_TRIES - 1, now, BATCH)).fetchall()

    async def _chain(
        self, chain: list[tuple[int, str, bytes]], handlers: Mapping[str, Handler], gate: asyncio.Semaphore
    ) -> int:
        """One sender's events; stops at the first that fails, so that none overtakes it."""
        async with gate:
            for done, (number, channel, sealed) in enumerate(chain):
                try:
                    opened = self._home.keys.open(sealed, ABOUT)
                    if UNSAID in opened["event"]:  # an answer may be missing after a crash, never doubled
                        await self._on_thread(self._stand_aside, number)
                    await handlers[channel](opened["event"], tuple(opened["secrets"]))
                except NotYet as rest:
                    kept = {"event": {UNSAID: rest.answers}, "secrets": [], "lane": opened["lane"]}
                    await self._on_thread(self._wait, number, self._home.keys.seal(kept, ABOUT), rest.until)
                    continue
                except Exception as error:
                    FAILED.labels(channel).inc()
                    # the error's text may hold what the citizen wrote
                    log.error("inbox.handler_failed", channel=channel, error=type(error).__name__)
                    await self._on_thread(self._failed, number, self._home.now(), away(error))
                    return done
                await self._in_common(number)
            return len(chain)

    def _failed(self, number: int, now: datetime, database_away: bool = False) -> None:
        """Its next try. That the database is away is no fault of the event's: it never stands aside for it."""
        (tries,) = self._db.execute("SELECT tries FROM event WHERE id = ?", (number,)).fetchone()
        rest = AWAY_S if database_away and tries else RETRY_S[min(tries, len(RETRY_S) - 1)]
        retry_at = (now + timedelta(seconds=rest)).isoformat()
        tries = max(tries, 1) if database_away else tries + 1
        self._db.execute("UPDATE event SET tries = ?, retry_at = ? WHERE id = ?", (tries, retry_at, number))

    def _wait(self, number: int, sealed: bytes, until: datetime) -> None:
        at = until.astimezone(UTC).isoformat()  # compared as text
        self._db.execute("UPDATE event SET sealed = ?, tries = 0, retry_at = ? WHERE id = ?", (sealed, at, number))

    def _stand_aside(self, number: int) -> None:
        self._db.execute("UPDATE event SET tries = ? WHERE id = ?", (MAX_TRIES, number))

    async def serve(self, handlers: Mapping[str, Handler]) -> None:
        """Handle events as they come, first those of before a crash; until cancelled."""
        await asyncio.gather(*(self._serve(channel, handlers) for channel in handlers))

    async def _serve(self, channel: str, handlers: Mapping[str, Handler]) -> None:
        news = self._news[channel]
        while True:
            news.clear()
            try:
                await self._drain(channel, handlers)
            except Exception as error:  # a full disk, say: it must not end the bot for good
                log.error("inbox.drain_failed", error=type(error).__name__)
            try:
                await asyncio.wait_for(news.wait(), LOOK_AGAIN_S)
            except TimeoutError:
                pass

    # --- being looked after -------------------------------------------------------------------

    async def stuck(self) -> int:
        """Events that no handler could take; for the operator."""
        count = "SELECT count(*) FROM event WHERE tries >= ?"
        return await self._on_thread(lambda: self._db.execute(count, (MAX_TRIES,)).fetchone()[0])

    async def tidy(self, now: datetime) -> None:
        """Daily: forget old keys, drop what could never be handled, empty the write-ahead log."""

        def work() -> None:
            self._db.execute("DELETE FROM seen WHERE at < ?", ((now - SEEN).isoformat(),))
            dropped = self._db.execute("DELETE FROM event WHERE at < ?", ((now - KEPT).isoformat(),)).rowcount
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if dropped:
                log.error("inbox.dropped", count=dropped)

        await self._on_thread(work)

    async def _on_thread(self, fn: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, fn, *arguments)
