"""Uploads: a list on its way from "choose a file" to "taken in", sealed in the home's ``uploads`` folder.

``<key>.list`` is the file itself, ``<key>.sealed`` what is known of it so far. Both are gone a day after
the last step. The file is laid open, for this process alone, only while something reads it.
"""

from __future__ import annotations

import base64
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag

from register.errors import BadInput
from register.home import Home
from register.importing import SourceInfo
from register.scratch import scratch

KEPT_FOR = timedelta(days=1)  # since the last step
MOST_KEPT = 20  # of a commune at a time: some 500 MB, and no office has as many lists at once
SUFFIXES = (".xlsx", ".xls", ".ods", ".csv", ".tsv")
GONE = "Tệp này đã bỏ hoặc đã để quá một ngày. Hãy chọn lại tệp."
CROWDED = f"Đang có {MOST_KEPT} tệp chờ nhận. Hãy vào mục Danh sách, nhận hoặc bỏ bớt tệp, rồi chọn lại."
COLUMNS, CHECK, TAKE_IN = "columns", "check", "take_in"  # what is being done with it


@dataclass
class Upload:
    """What a sender said of a file, and how far it has come."""

    key: str
    commune: str
    by: str  # login
    at: str  # ISO moment
    suffix: str
    as_of: str  # ISO day
    issuer: str
    document: str
    purpose: str
    nq418: bool
    doing: str = ""  # COLUMNS, CHECK or TAKE_IN while a task works on it
    since: str = ""  # ISO moment: when that began
    trouble: str = ""  # one sentence: why the last step came to nothing
    notice: str = ""  # something else to know about the last step
    settled: bool = False  # somebody has looked at the columns
    sheets: list[dict[str, Any]] = field(default_factory=list)  # register.glimpses, as JSON
    report: dict[str, Any] | None = None  # console.list_report
    source: int | None = None  # taken in, as this list

    @property
    def day(self) -> date:
        return date.fromisoformat(self.as_of)

    @property
    def begun(self) -> datetime:
        return datetime.fromisoformat(self.since or self.at)

    def info(self) -> SourceInfo:
        return SourceInfo(self.day, self.issuer, self.document, self.purpose)


def keep(home: Home, body: bytes, now: datetime, **said: Any) -> Upload:
    """Seal a file and what its sender said of it; throw away those that nobody went on with."""
    if len(of_commune(home, said["commune"])) >= MOST_KEPT:
        raise BadInput(CROWDED)
    key = secrets.token_hex(16)
    _put(_file(home, key, "list"), home.keys.seal(base64.b64encode(body).decode(), f"list {key}"))
    upload = Upload(key=key, at=now.isoformat(), **said)
    save(home, upload)
    return upload


def save(home: Home, upload: Upload) -> None:
    """Keep how far it has come."""
    _put(_file(home, upload.key, "sealed"), home.keys.seal(asdict(upload), f"upload {upload.key}"))


def load(home: Home, key: str) -> Upload | None:
    """The upload with this key; None when there is none, or none any more."""
    if not is_key(key):
        return None
    try:
        return Upload(**home.keys.open(_file(home, key, "sealed").read_bytes(), f"upload {key}"))
    except (OSError, InvalidTag, KeyError):
        return None


def of_commune(home: Home, commune: str) -> list[Upload]:
    """The uploads of a commune that are not taken in yet, the newest first."""
    forget_old(home)
    found = [load(home, file.stem) for file in folder(home).glob("*.sealed")]
    return sorted((u for u in found if u and u.commune == commune and u.source is None), key=lambda u: u.at)[::-1]


@contextmanager
def laid_open(home: Home, upload: Upload) -> Iterator[Path]:
    """The file as it came, under a name of ours, for as long as the block runs."""
    try:
        body = base64.b64decode(home.keys.open(_file(home, upload.key, "list").read_bytes(), f"list {upload.key}"))
    except (OSError, InvalidTag, KeyError):
        raise BadInput(GONE) from None
    with scratch(home) as place:
        file = place / f"Danh sách{upload.suffix}"
        file.write_bytes(body)
        yield file


def taken_in(home: Home, upload: Upload, source: int | None) -> None:
    """The file goes; what stays for a day says only which list it became."""
    _file(home, upload.key, "list").unlink(missing_ok=True)
    upload.doing, upload.sheets, upload.report, upload.source = "", [], None, source or 0
    save(home, upload)


def drop(home: Home, key: str) -> None:
    for kind in ("list", "sealed"):
        _file(home, key, kind).unlink(missing_ok=True)


def is_key(key: str) -> bool:
    return len(key) == 32 and set(key) <= set("0123456789abcdef")  # as keep makes them


def forget_crashed(home: Home) -> None:
    """When `serve` starts: what a killed import had laid open to be read is removed at once."""
    for left in folder(home).iterdir():
        if left.is_dir():
            shutil.rmtree(left)
    forget_old(home)


def forget_old(home: Home) -> None:
    """Throw away what nobody went on with for a day."""
    before = time.time() - KEPT_FOR.total_seconds()  # the files' clock, not the home's
    for old in folder(home).iterdir():
        stands_for = old.with_suffix(".sealed")  # its state is written at each step
        newest = max((f.stat().st_mtime for f in (old, stands_for) if f.exists()), default=0.0)
        if newest < before:
            shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)


# --- What stays of a list that was taken in ---------------------------------------------------------


def keep_report(home: Home, source: int, report: dict[str, Any]) -> None:
    """Counts, difference and remarks of a list. They name rows, never persons; sheets are named by strangers."""
    _put(folder(home, "lists") / f"{source}.sealed", home.keys.seal(report, f"report {source}"))


def report_of(home: Home, source: int) -> dict[str, Any] | None:
    try:
        sealed = (folder(home, "lists") / f"{source}.sealed").read_bytes()
        found: dict[str, Any] = home.keys.open(sealed, f"report {source}")
    except (OSError, InvalidTag, KeyError):  # KeyError: the key was changed twice since
        return None
    return found


def folder(home: Home, name: str = "uploads") -> Path:
    path = home.path / name
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _file(home: Home, key: str, kind: str) -> Path:
    return folder(home) / f"{key}.{kind}"


def _put(file: Path, content: bytes) -> None:
    """Whole or not at all, whenever the process ends."""
    beside = file.with_suffix(f".{secrets.token_hex(4)}.new")
    beside.write_bytes(content)
    beside.replace(file)
