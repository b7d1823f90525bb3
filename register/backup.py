"""Backup and restore.

A backup is one file: a tar of every table (JSON lines), every file that people put into the home (recordings,
voices, pictures, settings) and what waits in the inbox, sealed in pieces with the home's active key. It fits both
databases, so it is also the way from SQLite to PostgreSQL. The keys are not in it: keep ``keys.json`` somewhere
else, a backup without it opens for nobody.

    magic │ length, version+nonce+ciphertext │ length, … │ the last piece says that it is the last

Each piece is bound to its place, so that none can be left out, swapped or cut off at the end.

Beside a backup lies the list of those who were erased or stopped since (erasures.py): it goes where the backup goes.
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import sqlite3
import struct
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import DateTime, Table, func, insert, select, text
from sqlmodel import Session, col
from sqlmodel import select as query

from database import insert_new
from register import erasures
from register.audit import note, remember
from register.erase import Removed, clear_up, erase_in
from register.errors import BadInput, reason
from register.everything import all_tables, inbox
from register.home import Home
from register.keys import NONCE_BYTES, Keyring
from register.tables import AuditEvent, Contact, Person, Tombstone

MAGIC = b"tungnha backup 1\n"
PIECE_BYTES = 1 << 20
ROWS = 1000  # rows per statement
FOLDERS = ("audio", "voices", "pictures")  # of a home: recordings, what people read aloud, pictures of their own
INBOX = "inbox.db"
Then = Callable[[Session, datetime], None]  # in the write that restores; when the backup was made
_LENGTH = struct.Struct(">I")
_BAD = "Không mở được bản sao lưu: tệp hỏng, hoặc tệp khóa keys.json không phải của bản sao lưu này."


@dataclass(frozen=True)
class Carried:
    """What a backup or restore carried.

    ``made``: when a restored backup was made; ``list_as_of``: when the newest list of erasures in reach was written.
    """

    tables: int
    rows: int
    files: int
    erased: int = 0  # persons whom the backup still knew
    made: datetime | None = None
    list_as_of: datetime | None = None

    @property
    def list_is_older(self) -> bool:
        """Who was erased between the list and the loss of the home may have come back."""
        return self.made is not None and (self.list_as_of is None or self.list_as_of < self.made)


# --- Sealed pieces -----------------------------------------------------------------------------


class _Sealer(io.RawIOBase):
    """Takes plain bytes and writes sealed pieces."""

    def __init__(self, keys: Keyring, into: IO[bytes]) -> None:
        self.version, self.cipher, self.into = keys.active, AESGCM(keys.seals[keys.active]), into
        self.waiting, self.number = bytearray(), 0
        into.write(MAGIC)

    def write(self, data: Any) -> int:
        self.waiting += data
        while len(self.waiting) > PIECE_BYTES:
            self._piece(bytes(self.waiting[:PIECE_BYTES]), last=False)
            del self.waiting[:PIECE_BYTES]
        return len(data)

    def finish(self) -> None:
        self._piece(bytes(self.waiting), last=True)

    def _piece(self, data: bytes, *, last: bool) -> None:
        nonce = os.urandom(NONCE_BYTES)
        body = bytes([self.version]) + nonce + self.cipher.encrypt(nonce, data, _place(self.number, last))
        self.into.write(_LENGTH.pack(len(body)) + body)
        self.number += 1


def _place(number: int, last: bool) -> bytes:
    return MAGIC + struct.pack(">Q?", number, last)


def _unseal(keys: Keyring, sealed: IO[bytes], into: IO[bytes]) -> None:
    """Write the plain bytes; BadInput when anything is missing, foreign or changed."""
    if sealed.read(len(MAGIC)) != MAGIC:
        raise BadInput("Đây không phải bản sao lưu của Từng Nhà.")
    pieces = _pieces(sealed)
    piece = next(pieces, None)
    number = 0
    try:
        while piece is not None:
            following = next(pieces, None)
            cipher = AESGCM(keys.seals[piece[0]])
            nonce, body = piece[1 : 1 + NONCE_BYTES], piece[1 + NONCE_BYTES :]
            into.write(cipher.decrypt(nonce, body, _place(number, following is None)))
            piece, number = following, number + 1
    except (InvalidTag, KeyError, ValueError):
        raise BadInput(_BAD) from None
    if not number:
        raise BadInput(_BAD)


def _pieces(sealed: IO[bytes]) -> Iterator[bytes]:
    while header := sealed.read(_LENGTH.size):
        size = _LENGTH.unpack(header)[0] if len(header) == _LENGTH.size else 0
        piece = sealed.read(size) if 1 + NONCE_BYTES < size <= PIECE_BYTES + 64 else b""
        if len(piece) != size or not piece:
            raise BadInput(_BAD)
        yield piece


# --- Backup ------------------------------------------------------------------------------------


def backup(home: Home, file: Path, by: str = "system") -> Carried:
    """Write the sealed archive of database, files and inbox: a new file, then renamed. `serve` may be running.

    The inbox is copied first: what is handled meanwhile is in both, and what has come in is in one of them at least.
    """
    beside = file.with_name(file.name + ".part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise BadInput(f"Không ghi được bản sao lưu: {reason(error)}. Hãy chọn thư mục khác.") from None
    with os.fdopen(descriptor, "wb") as out:
        sealer = _Sealer(home.keys, out)
        with tarfile.open(fileobj=sealer, mode="w|gz") as tar, home.db.read() as session:
            _add_inbox(home, tar)
            session.connection(execution_options={"isolation_level": "SERIALIZABLE"})  # one view of all tables
            tables = all_tables(session)
            rows = sum(_dump(session, home, table, tar) for table in tables)
            files = _files(home)
            for path in files:
                tar.add(path, str(path.relative_to(home.path)))
            version = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            _add(tar, "schema", io.BytesIO(str(version).encode()))
            _add(tar, "made", io.BytesIO(home.now().isoformat().encode()))
        sealer.finish()
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
    erasures.know(home, file)
    erasures.publish(home)
    home.db.write(lambda s: note(s, by, "backup_made", "", home.now(), rows=rows, files=len(files)))
    return Carried(len(tables), rows, len(files))


def _files(home: Home) -> list[Path]:
    """The files that people made or put there, in a fixed order."""
    inside = (path for folder in FOLDERS for path in (home.path / folder).rglob("*"))
    return sorted(path for path in (*inside, *home.path.glob("*.yaml")) if path.is_file())


def _is_file(name: str) -> bool:
    parts = name.split("/")
    return ".." not in parts and (parts[0] in FOLDERS or (len(parts) == 1 and name.endswith(".yaml")))


def _add_inbox(home: Home, tar: tarfile.TarFile) -> None:
    with inbox(home) as standing, tempfile.TemporaryDirectory(dir=home.path) as folder:
        if standing is not None:
            copy = Path(folder) / INBOX
            into = sqlite3.connect(copy)
            standing.backup(into)
            into.close()
            tar.add(copy, INBOX)


def _dump(session: Session, home: Home, table: Table, tar: tarfile.TarFile) -> int:
    with tempfile.TemporaryFile(dir=home.path) as lines:
        rows = 0
        for row in session.connection().execution_options(yield_per=ROWS).execute(select(table)):
            lines.write(orjson.dumps([_packed(value) for value in row]) + b"\n")
            rows += 1
        _add(tar, f"table/{table.name}", lines, [column.name for column in table.columns])
    return rows


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], columns: list[str] | None = None) -> None:
    about = tarfile.TarInfo(name)
    about.size = content.seek(0, io.SEEK_END)
    if columns is not None:
        about.pax_headers = {"tungnha.columns": ",".join(columns)}
    content.seek(0)
    tar.addfile(about, content)


def _packed(value: Any) -> Any:
    """A value as JSON: a plain one as it is, any other as {"kind": text}."""
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"at": moment.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, (bytes, memoryview)):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    return {"json": value} if isinstance(value, (dict, list)) else value


def _unpacked(value: Any, aware: bool) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, packed)] = value.items()
    if kind == "at":
        moment = datetime.fromisoformat(packed)
        return moment if aware else moment.replace(tzinfo=None)
    if kind == "day":
        return date.fromisoformat(packed)
    return base64.b64decode(packed) if kind == "bytes" else packed


# --- Restore -----------------------------------------------------------------------------------


def restore(home: Home, file: Path, by: str = "system", then: Then | None = None) -> Carried:
    """Put a backup in place of everything in this home, in one write. Nothing else may be running on it.
    ``then`` belongs to that write: what may have been sent since the backup (campaigns.restored).

    Who was erased or stopped since the backup stays so: by the tombstones that stand in this database, by the list
    in the home and by the one beside the backup.

    Raises BadInput (nothing changed) when the file is damaged, the keys are others, or the schema differs.
    """
    if not file.is_file():
        raise BadInput(f"Không thấy tệp {file.name}. Hãy kiểm tra lại đường dẫn.")
    with tempfile.TemporaryFile(dir=home.path) as plain:
        with file.open("rb") as sealed:
            _unseal(home.keys, sealed, plain)
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:gz") as tar:
            carried, removed, last = home.db.write(lambda session: _put_back(session, home, tar, file, by, then))
            for member in tar.getmembers():
                if _is_file(member.name) and member.isfile():
                    _put_file(tar, member, home.path, home.path / member.name)
                elif member.name == INBOX:
                    _put_inbox(tar, member, home)
    remember(home, *last, instead=True)
    for one in removed:
        clear_up(home, one)
    erasures.publish(home)
    return carried


def _put_file(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, target: Path) -> None:
    """One file, inside ``folder`` whatever its name says (tarfile's own filter is missing before Python 3.11.4)."""
    content = tar.extractfile(member)
    if content is None or not target.resolve().is_relative_to(folder.resolve()):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(content, out)


def _put_inbox(tar: tarfile.TarFile, member: tarfile.TarInfo, home: Home) -> None:
    """What waited at the backup waits again, beside what has come in here since."""
    with tempfile.TemporaryDirectory(dir=home.path) as folder:
        copy = Path(folder) / INBOX
        _put_file(tar, member, Path(folder), copy)
        if not home.inbox_file.exists():
            copy.chmod(0o600)
            copy.replace(home.inbox_file)
            return
        with inbox(home) as standing:
            assert standing is not None
            standing.execute("ATTACH ? AS came", (str(copy),))
            names = "channel, key, sender, sealed, at, tries, retry_at"
            standing.execute(f"INSERT OR IGNORE INTO event ({names}) SELECT {names} FROM came.event ORDER BY id")  # noqa: S608
            standing.execute("INSERT OR IGNORE INTO seen SELECT key, at FROM came.seen")
            standing.execute("DETACH came")


def _put_back(
    session: Session, home: Home, tar: tarfile.TarFile, file: Path, by: str, then: Then | None
) -> tuple[Carried, list[Removed], tuple[int, str]]:
    schema = tar.extractfile("schema")
    standing = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    if schema is None or schema.read().decode() != standing:
        raise BadInput("Bản sao lưu thuộc phiên bản khác của phần mềm. Hãy cài đúng phiên bản đó rồi khôi phục.")
    listed = erasures.gather(home, file)
    stones = [stone.model_dump() for stone in session.exec(query(Tombstone)).all()] + listed.stones
    session.expunge_all()
    tables = all_tables(session)
    for table in reversed(tables):
        session.execute(table.delete())
    rows = 0
    for table in tables:
        try:
            member = tar.getmember(f"table/{table.name}")
        except KeyError:
            continue
        rows += _load(session, tar, member, table)
    _mend_sequences(session, tables)
    removed = _keep_stones(session, home, stones, by)
    files = sum(_is_file(member.name) for member in tar.getmembers())
    made_at = tar.extractfile("made")
    assert made_at is not None
    made = datetime.fromisoformat(made_at.read().decode())
    if then is not None:
        then(session, made)
    last: AuditEvent = note(session, by, "backup_restored", "", home.now(), rows=rows, files=files)
    assert last.id is not None
    erased = sum(len(one.persons) for one in removed)
    carried = Carried(len(tables), rows, files, erased, made, listed.as_of)
    return carried, removed, (last.id, last.hash)


def _keep_stones(session: Session, home: Home, stones: list[dict[str, Any]], by: str) -> list[Removed]:
    """Erase and stop again whom the backup knew from before."""
    removed = []
    insert_new(session, Tombstone, stones, ["lookup", "kind"])
    for stone in stones:
        if stone["kind"] == "erased":
            known = query(Person.id).where(Person.lookup == stone["lookup"], col(Person.sealed).is_not(None))
            person = session.exec(known.limit(1)).first()
            if person is not None:
                removed.append(erase_in(session, home, person, by, home.now()))
        else:
            for contact in session.exec(query(Contact).where(Contact.lookup == stone["lookup"])).all():
                contact.stopped_at = contact.stopped_at or stone["at"]
                session.add(contact)
    session.flush()
    return removed


def _load(session: Session, tar: tarfile.TarFile, member: tarfile.TarInfo, table: Table) -> int:
    lines = tar.extractfile(member)
    assert lines is not None
    names = member.pax_headers["tungnha.columns"].split(",")
    aware = [isinstance(table.c[name].type, DateTime) and bool(table.c[name].type.timezone) for name in names]  # type: ignore[attr-defined]
    rows = (
        {name: _unpacked(value, zone) for name, value, zone in zip(names, orjson.loads(line), aware, strict=True)}
        for line in lines
    )
    itself = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    count = 0
    for batch in _batches(_parents_first(list(rows), table, itself[0]) if itself else rows):
        session.execute(insert(table), batch)
        count += len(batch)
    return count


def _batches(rows: Any) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _parents_first(rows: list[dict[str, Any]], table: Table, parent: str) -> list[dict[str, Any]]:
    """Rows of a table that refers to itself (units), each after the one it refers to."""
    [key] = table.primary_key.columns
    below: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        below.setdefault(row[parent], []).append(row)
    ordered = list(below.get(None, []))
    for row in ordered:  # grows while it is walked
        ordered += below.get(row[key.name], [])
    return ordered


def _mend_sequences(session: Session, tables: list[Table]) -> None:
    """PostgreSQL counts ids in sequences that know nothing of the rows put in."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in tables:
        key = table.autoincrement_column
        if key is None:
            continue
        sequence = session.execute(select(func.pg_get_serial_sequence(table.name, key.name))).scalar()
        highest = session.execute(select(func.max(key))).scalar()
        if sequence and highest:
            session.execute(select(func.setval(sequence, highest)))
