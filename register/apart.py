"""Work on a file of somebody else's making, in a process of its own, with bounds on its memory and time.

    for part in parts_apart(read_parts, file, 2026, habits): ...
    run_apart(marked_list, file, 2026, habits, out, watch=stop_or_go_on)

A workbook is a zip of somebody else's making: one kilobyte can claim 17 billion cells, and the reader's hunger for
memory then ends the process it runs in. So a file that came from outside is read by a child (``python -m
register.apart``), which hands back what it found, part by part, or the sentence that says what is wrong. The parent
works on one part while the child reads the next. The child is given no keys.

The work is a function of a module; its arguments and what it finds can be pickled.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from register.errors import BadInput

MEMORY = 2 * 1024**3  # bytes of address space; a list of a million rows of 15 columns takes about 1,3 GB
SECONDS = 300  # of computing; a list of a million rows takes some 45
LOOKS_A_SECOND = 5  # how often a stop is looked for
AT_ONCE = 4  # children of one process: many files at once must not fill the machine
UNREADABLE = (
    "Không đọc được tệp: tệp hỏng, hoặc có quá nhiều ô ở ngoài bảng. Hãy mở bằng Excel, chép riêng bảng danh sách "
    "sang một tệp mới rồi gửi lại."
)
BUSY = "Máy đang đọc nhiều tệp khác. Hãy thử lại sau ít giây."
Watch = Callable[[], None]
_places = BoundedSemaphore(AT_ONCE)


def _go_on() -> None:
    """Nobody wants to stop."""


def run_apart(work: Callable[..., Any], *args: Any, watch: Watch = _go_on) -> Any:
    """``work(*args)`` in a child. BadInput whatever the file does to it; what ``watch`` raises ends the child."""
    [found] = parts_apart(_once, work, *args, watch=watch)
    return found


def _once(work: Callable[..., Any], *args: Any) -> Iterator[Any]:
    yield work(*args)


def parts_apart(work: Callable[..., Iterable[Any]], *args: Any, watch: Watch = _go_on) -> Iterator[Any]:
    """What ``work(*args)`` yields, likewise. The child dies with the iterator."""
    if not _places.acquire(blocking=False):
        raise BadInput(BUSY)
    try:
        yield from _parts_of(work, args, watch)
    finally:
        _places.release()


def _parts_of(work: Callable[..., Iterable[Any]], args: tuple[Any, ...], watch: Watch) -> Iterator[Any]:
    command = [sys.executable, "-P", "-m", "register.apart"]
    known = {name: value for name, value in os.environ.items() if not name.startswith("TUNGNHA_")}  # keys and tokens
    child = subprocess.Popen(  # noqa: S603 — ourselves
        command, env=known, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdin
    assert child.stdout
    with child.stdout, Connection(os.dup(child.stdout.fileno()), writable=False) as answers:
        try:
            with child.stdin as given:
                pickle.dump((work, args), given)
            while (answer := _next(answers, watch)) is not None:
                ok, found = answer
                if not ok:
                    raise BadInput(found)
                yield found
        except (BrokenPipeError, EOFError):
            raise BadInput(UNREADABLE) from None
        finally:
            child.kill()
            child.wait()


def _next(answers: Connection, watch: Watch) -> tuple[bool, Any] | None:
    """What the child says next, None at the end. EOFError when it died, or said nothing for too long."""
    for _ in range(SECONDS * LOOKS_A_SECOND):
        watch()
        if answers.poll(1 / LOOKS_A_SECOND):
            answer: tuple[bool, Any] | None = answers.recv()
            return answer
    raise EOFError


# --- The child ---------------------------------------------------------------------------------


def _bound() -> None:
    """The system's bounds on this process, where it knows any; without them the child still dies alone."""
    with suppress(OSError):  # where the machine's memory ends, this process goes and not the one that serves
        Path("/proc/self/oom_score_adj").write_text("1000")
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
    gc.disable()  # what is read holds no cycles; looking for some takes a tenth of the time
    answers = Connection(sys.stdout.fileno(), readable=False)
    try:
        work, args = pickle.load(sys.stdin.buffer)  # noqa: S301 — written by our parent, above
        for found in work(*args):
            answers.send((True, found))
        answers.send(None)
    except BadInput as error:
        answers.send((False, str(error)))
    except MemoryError:
        answers.send((False, UNREADABLE))


if __name__ == "__main__":
    _main()
