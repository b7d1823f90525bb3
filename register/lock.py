"""One process at a time: who serves a home, or puts a backup in its place, holds it."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from register.errors import BadInput


def lock(home: Path) -> IO[str]:
    """Hold the home for this process; BadInput when another `serve` has it."""
    file = open(home / "serve.lock", "w")  # noqa: SIM115 — held open as long as we run
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise BadInput(f"Đã có một tiến trình tungnha serve hoặc demo đang dùng {home}. Hãy dừng nó trước.") from None
    return file
