"""A folder for what must lie open for a moment: a list that is being read, sheets with names that are being made.

It stands in memory where the system offers that (Linux: /dev/shm), for what was once written to a disk stays in its
free blocks after the file is gone. Elsewhere it stands in the home, readable by its owner only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from register.home import Home

IN_MEMORY = Path("/dev/shm")  # noqa: S108 — a file system in memory; our folders there are mode 0700
ROOM = 256 * 1024**2  # bytes that have to be free there: containers often give 64 MB
CRASHED_S = 3600.0  # what a killed process left behind is not younger


@contextmanager
def scratch(home: Home) -> Iterator[Path]:
    """A folder that is gone after the block. What crashes left of this home's earlier ones goes too."""
    prefix = f"tungnha-{hashlib.sha256(str(home.path).encode()).hexdigest()[:12]}-"
    place = IN_MEMORY if _offers_room() else home.path / "uploads"
    place.mkdir(mode=0o700, exist_ok=True)
    for left in place.glob(f"{prefix}*"):
        if left.stat().st_mtime < time.time() - CRASHED_S:
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=prefix, dir=place) as folder:
        yield Path(folder)


def _offers_room() -> bool:
    try:
        about = os.statvfs(IN_MEMORY)
    except (OSError, AttributeError):
        return False
    return os.access(IN_MEMORY, os.W_OK) and about.f_bavail * about.f_frsize >= ROOM
