"""Reading a list in a process of its own, with bounds.

A workbook is a zip of somebody else's making: one kilobyte can claim 17 billion cells, and the reader's hunger for
memory then ends the process it runs in. So a file that came from outside is read by a child (``python -m
register.apart``), which hands back people and remarks, part by part as they are settled, or the sentence that says
what is wrong. The parent works on one part while the child reads the next. The child is given no keys.
"""

from __future__ import annotations

import gc
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from threading import Timer
from typing import IO, Any

from register.errors import BadInput
from register.listed import ListedPerson, ListRead
from register.lists import read_parts

MEMORY = 2 * 1024**3  # bytes of address space; a list of a million rows of 15 columns takes about 1,3 GB
SECONDS = 300  # of computing; a list of a million rows takes some 45
UNREADABLE = (
    "Không đọc được tệp: tệp hỏng, hoặc có quá nhiều ô ở ngoài bảng. Hãy mở bằng Excel, chép riêng bảng danh sách "
    "sang một tệp mới rồi gửi lại."
)
_LENGTH = struct.Struct(">I")
_values = attrgetter(*ListedPerson.__slots__)


def read_list_apart(file: Path, *more: Any) -> ListRead:
    """``register.lists.read_list(file, …)`` in a child process. BadInput whatever the file does to the child."""
    read = ListRead()
    for part in read_parts_apart(file, *more):
        read.add(part)
    return read


def check_list_apart(file: Path, *more: Any) -> None:
    """BadInput when the file is no list of people. It is read no further than the first of them."""
    for part in read_parts_apart(file, *more):
        if part.people or part.rejected:
            return


def read_parts_apart(file: Path, *more: Any) -> Iterator[ListRead]:
    """``register.lists.read_parts(file, …)`` in a child process, which dies with the iterator."""
    command = [sys.executable, "-P", "-m", "register.apart"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 — ourselves
    assert child.stdin
    assert child.stdout
    try:
        with child.stdin as given:
            given.write(pickle.dumps((file.resolve(), *more)))
        while (part := _next(child)) is not None:
            yield part
    except (BrokenPipeError, EOFError):
        raise BadInput(UNREADABLE) from None
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def _next(child: subprocess.Popen[bytes]) -> ListRead | None:
    """The part that comes next, None at the end. EOFError when the child died, or said nothing for too long."""
    assert child.stdout
    patience = Timer(SECONDS, child.kill)
    patience.start()
    try:
        size = _LENGTH.unpack(_taken(child.stdout, _LENGTH.size))[0]
        found = pickle.loads(_taken(child.stdout, size))  # noqa: S301 — written by ourselves, below
    finally:
        patience.cancel()
    if isinstance(found, str):
        raise BadInput(found)
    if found is None:
        return None
    part: ListRead
    part, people = found
    part.people = [ListedPerson(*values) for values in people]
    return part


def _taken(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


# --- The child ---------------------------------------------------------------------------------


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


def _hand_back(found: Any) -> None:
    data = pickle.dumps(found, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.write(_LENGTH.pack(len(data)) + data)
    sys.stdout.buffer.flush()


def _main() -> None:
    _bound()
    gc.disable()  # people and remarks hold no cycles; looking for some takes a tenth of the time
    try:
        for part in read_parts(*pickle.load(sys.stdin.buffer)):  # noqa: S301 — written by our parent, above
            people, part.people = [_values(person) for person in part.people], []
            _hand_back((part, people))
        _hand_back(None)
    except BadInput as error:
        _hand_back(str(error))
    except MemoryError:
        _hand_back(UNREADABLE)


if __name__ == "__main__":
    _main()
