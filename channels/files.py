"""A picture or voice is uploaded once to a lane; afterwards its id is sent.

    files = Files(home, "telegram:main")
    async with files.of(path) as file:
        file.id            the id from before, or ""
        await file.keep(new_id, expires_at=None)
        await file.drop()  the provider does not know it any more

Two chats that want the same file at once wait for each other, so that it goes up once.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete
from sqlmodel import Session, col

from channels.tables import FileId
from content.words import nfc
from database import upsert
from register.home import Home

PICTURES, VOICES = "pictures", "voices"  # folders of a home
PICTURE_ENDS = (".png", ".jpg")


class File:
    """One file on one lane."""

    def __init__(self, home: Home, lane: str, path: Path, file_id: str) -> None:
        self._home, self._lane, self.path, self.id = home, lane, path, file_id

    async def keep(self, file_id: str, expires_at: datetime | None = None) -> None:
        """The provider has it under this id, until ``expires_at``."""
        row = {"lane": self._lane, "content_hash": digest(self.path), "file_id": file_id, "expires_at": expires_at}
        await self._home.db.awrite(lambda s: upsert(s, FileId, [row], ["lane", "content_hash"]))
        self.id = file_id

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

    @asynccontextmanager
    async def of(self, path: Path) -> AsyncIterator[File]:
        """The file with its id on this lane; nobody else here uploads it meanwhile."""
        async with self._locks[path]:
            yield File(self._home, self._lane, path, await self._home.db.aread(lambda s: self._known(s, path)))

    def _known(self, session: Session, path: Path) -> str:
        row = session.get(FileId, (self._lane, digest(path)))
        if row is None or (row.expires_at is not None and row.expires_at <= self._home.now()):
            return ""
        return row.file_id


def digest(path: Path) -> str:
    """What the file is known by: its bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def picture_of(home: Home, name: str) -> Path | None:
    """A guide's picture in the home: pictures/<name>.png or .jpg, drawn by `serve` or put there by the commune."""
    folder = home.path / PICTURES
    return next((folder / (name + end) for end in PICTURE_ENDS if name and (folder / (name + end)).is_file()), None)


def voice_of(home: Home, text: str) -> Path | None:
    """The reading of exactly this text, where one was made (`tungnha bot voices`)."""
    path = voice_path(home, text)
    return path if path.is_file() else None


def voice_path(home: Home, text: str) -> Path:
    """Where the reading of a text is kept."""
    return home.path / VOICES / f"{hashlib.sha256(nfc(text).encode()).hexdigest()[:32]}.mp3"
