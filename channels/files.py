"""A picture or voice is uploaded once to a lane; afterwards its id is sent.

    files = Files(home, "telegram:main")
    async with files.of(path) as file:
        file.id            the id from before, or ""
        await file.keep(new_id, expires_at=None)
        await file.drop()  the provider does not know it any more

Two chats that want a file at once that has no id yet wait for each other, so that it goes up once.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete
from sqlmodel import col

from channels.tables import FileId
from content.library import library
from content.message import VIETNAMESE, Message
from content.screens import file_of
from content.words import nfc
from database import upsert
from register.home import Home

PICTURES, VOICES = "pictures", "voices"  # folders of a home
PICTURE_ENDS = (".png", ".jpg")
VOICE_ENDS = (".mp3", ".ogg", ".m4a")  # what Telegram and browsers play


class File:
    """One file on one lane."""

    def __init__(self, home: Home, lane: str, path: Path, stamp: int) -> None:
        self._home, self._lane, self.path, self._stamp = home, lane, path, stamp
        self.id, self._until = "", datetime.max.replace(tzinfo=UTC)

    async def look(self) -> None:
        """Ask for the id from before."""
        key = (self._lane, digest(self.path))
        row = await self._home.db.aread(lambda session: session.get(FileId, key))
        if row is not None and (row.expires_at is None or row.expires_at > self._home.now()):
            self.id, self._until = row.file_id, row.expires_at or self._until

    def holds(self, stamp: int) -> bool:
        """Whether the id can be used for the file as it is now."""
        return self.id != "" and self._stamp == stamp and self._until > self._home.now()

    async def keep(self, file_id: str, expires_at: datetime | None = None) -> None:
        """The provider has it under this id, until ``expires_at``."""
        row = {"lane": self._lane, "content_hash": digest(self.path), "file_id": file_id, "expires_at": expires_at}
        await self._home.db.awrite(lambda s: upsert(s, FileId, [row], ["lane", "content_hash"]))
        self.id, self._until = file_id, expires_at or self._until

    async def drop(self) -> None:
        """The provider does not know the id any more."""
        same = (col(FileId.lane) == self._lane) & (col(FileId.content_hash) == digest(self.path))
        await self._home.db.awrite(lambda s: s.execute(delete(FileId).where(same)))
        self.id = ""


class Files:
    """The uploaded files of one lane."""

    def __init__(self, home: Home, lane: str) -> None:
        self._home, self._lane = home, lane
        self._locks: defaultdict[Path, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._known: dict[Path, File] = {}

    @asynccontextmanager
    async def of(self, path: Path) -> AsyncIterator[File]:
        """The file with its id on this lane; while it has none, nobody else here uploads it."""
        stamp = _stamp(path)
        known = self._known.get(path)
        if known is not None and known.holds(stamp):
            yield known
            return
        async with self._locks[path]:
            known = self._known.get(path)
            if known is None or not known.holds(stamp):
                known = self._known[path] = File(self._home, self._lane, path, stamp)
                await known.look()
            yield known


def _stamp(path: Path) -> int:
    return path.stat().st_mtime_ns


def digest(path: Path) -> str:
    """What the file is known by: its bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture_of(home: Home, name: str) -> Path | None:
    """A guide's picture in the home: the commune's own pictures/<name>.png or .jpg, else the one drawn by `serve`."""
    folder, files = home.path / PICTURES, [*(name + end for end in PICTURE_ENDS), file_of(name)] if name else []
    return next((folder / file for file in files if file and (folder / file).is_file()), None)


def picture_file(home: Home, file: str) -> Path:
    """Where a picture's file of this name would lie."""
    return home.path / PICTURES / file


def voice_of(home: Home, message: Message, ends: Sequence[str] = VOICE_ENDS) -> Path | None:
    """What can be heard of a message, in a format that the channel takes: ``ends``, the best first.

    voices/<language>/<message.reading>.mp3   read by a person; in the wanted language, else in Vietnamese ("vi")
    voices/<hash of exactly this text>.mp3    made by `tungnha bot voices`, Vietnamese alone
    """
    folder = home.path / VOICES
    if not message.voice or not os.path.isdir(folder):
        return None
    languages = dict.fromkeys((message.language or VIETNAMESE, VIETNAMESE))
    names = [f"{language}/{message.reading}" for language in languages if message.reading]
    names.append(voice_path(home, message.text).stem)
    return next((folder / (name + end) for name in names for end in ends if (folder / (name + end)).is_file()), None)


def recorded_in(home: Home) -> tuple[str, ...]:
    """The languages beside Vietnamese in which somebody has recorded something."""
    folder = home.path / VOICES
    return tuple(code for code in library().languages if (folder / code).is_dir() and any((folder / code).iterdir()))


def voice_path(home: Home, text: str) -> Path:
    """Where the reading of a text is kept."""
    return home.path / VOICES / f"{hashlib.sha256(nfc(text).encode()).hexdigest()[:32]}.mp3"
