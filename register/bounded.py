"""Work on a file of somebody else's making, done in a child process with bounds on its memory and time.

    run_bounded(marked_copy_of, file, 2026, habits, out, watch=stop_or_go_on)

The work is a function of a module, its arguments and result can be pickled. What the file does to the
child ends the child alone.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from register.apart import SECONDS, UNREADABLE, _bound
from register.errors import BadInput

LOOKS_A_SECOND = 5  # how often a stop is looked for


def run_bounded(work: Callable[..., Any], *args: Any, watch: Callable[[], None] = lambda: None) -> Any:
    """``work(*args)`` in a child. BadInput with the child's sentence; what ``watch`` raises ends the child."""
    command = [sys.executable, "-P", "-m", "register.bounded"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 — ourselves
    given: bytes | None = pickle.dumps((work, args))
    try:
        for _ in range(2 * SECONDS * LOOKS_A_SECOND):
            watch()
            try:
                out, _nothing = child.communicate(given, timeout=1 / LOOKS_A_SECOND)
                break
            except subprocess.TimeoutExpired:
                given = None
        else:
            raise BadInput(UNREADABLE)
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    if child.returncode:
        raise BadInput(UNREADABLE)
    ok, found = pickle.loads(out)  # noqa: S301 — written by ourselves, below
    if not ok:
        raise BadInput(found)
    return found


def _main() -> None:
    _bound()
    try:
        work, args = pickle.load(sys.stdin.buffer)  # noqa: S301 — written by our parent, above
        answer = (True, work(*args))
    except BadInput as error:
        answer = (False, str(error))
    except MemoryError:
        answer = (False, UNREADABLE)
    pickle.dump(answer, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    _main()
