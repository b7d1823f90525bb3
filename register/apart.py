"""Reading a list in a process of its own, with bounds.

A workbook is a zip of somebody else's making: one kilobyte can claim 17 billion cells, and the reader's hunger for
memory then ends the process it runs in. So a file that came from outside is read by a child (``python -m
register.apart``), which hands back people and remarks, or the sentence that says what is wrong.
"""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from register.errors import BadInput
from register.lists import ListRead, read_list

MEMORY = 2 * 1024**3  # bytes of address space; a province's list of 500.000 rows takes about 1,5 GB
SECONDS = 120  # of computing; a province's list takes some 30
UNREADABLE = (
    "Không đọc được tệp: tệp hỏng, hoặc có quá nhiều ô ở ngoài bảng. Hãy mở bằng Excel, chép riêng bảng danh sách "
    "sang một tệp mới rồi gửi lại."
)


def read_list_apart(file: Path, *more: Any) -> ListRead:
    """``register.lists.read_list(file, …)`` in a child process. BadInput whatever the file does to the child."""
    command, given = [sys.executable, "-P", "-m", "register.apart"], pickle.dumps((file.resolve(), *more))
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=2 * SECONDS, check=False)  # noqa: S603 — ourselves
    except subprocess.TimeoutExpired:
        raise BadInput(UNREADABLE) from None
    if done.returncode:
        raise BadInput(UNREADABLE)
    found: ListRead | str = pickle.loads(done.stdout)  # noqa: S301 — written by ourselves, below
    if isinstance(found, str):
        raise BadInput(found)
    return found


def _bound() -> None:
    """The system's bounds on this process, where it knows any; without them the child still dies alone."""
    try:
        import resource
    except ImportError:
        return
    bounds = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0))
    for what, most in bounds:
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            continue


def _main() -> None:
    _bound()
    gc.disable()  # people and remarks hold no cycles; looking for some takes a tenth of the time
    found: ListRead | str
    try:
        found = read_list(*pickle.load(sys.stdin.buffer))  # noqa: S301 — written by our parent, above
    except BadInput as error:
        found = str(error)
    except MemoryError:
        found = UNREADABLE
    pickle.dump(found, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    _main()
