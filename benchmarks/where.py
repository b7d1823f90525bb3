"""Where the processor's time goes on each path: a sampler (py-spy) looks a hundred times a second.

    python -m benchmarks.where NAME      # at sizes of its own, without peers; all.py puts py-spy before it

Told by owner: a library, or a room of this house; the database's own C code apart from SQLAlchemy's Python.
What waits (for a disk, a line, another thread) does not count: that is run.watched's.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.run import NAMES, end_in_order

RATE = 100
LOOKING_S = 80  # then what was seen is written
SHOWN = 7  # owners told of each path; the rest together
# Large enough that the path and not its beginning is seen, small enough for half a minute: of the quick sizes.
SIZES: dict[str, dict[str, Any]] = {
    "import": {"ROWS_QUICK": 20_000},
    "plan": {"PEOPLE_QUICK": 100_000, "PEER_PEOPLE": 1},
    "dispatch": {
        "DUE_QUICK": 40_000,
        "SENT_QUICK": 30_000,
        "PEER_QUICK": 10,
        "PACED_S_QUICK": 0.1,
        "LEFT_OUT": frozenset({"celery", "taskiq", "replies"}),
    },
    "bot": {"LINES_QUICK": 20, "TALKS_QUICK": 2, "POSTED_QUICK": 64 * 30},
    "channels": {"DOORS_S_QUICK": 10, "PACE_S_QUICK": 0.5, "PEER_MESSAGES": 3},
    "console": {"VIEWS_QUICK": 9},
    "audio": {"QUICK_COMMUNES": 60, "ANEW_QUICK": 1},
}
# A sample belongs to the path when it has one of the first and none of the second.
WANTED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "import": (("register/",), ("write_list", "_read_plainly", "open_home")),
    "plan": (("campaigns/",), ("_one_by_one", "_earlier", "crowd_campaign")),
    "dispatch": (("benchmarks.sending",), ()),
    "bot": (("benchmarks.webhook ours",), ("draw_missing",)),
    "channels": (("benchmarks.channels ours",), ()),
    "console": (("console/",), ("_campaign", "_settle_one")),
    "audio": (("audio/",), ("_anew", "_one_anew", "_warm")),
}
ROOMS = ("register", "content", "audio", "channels", "campaigns", "bot", "console")  # told by file
STARTING = ("_find_and_load", "open_home", "bench_home", "_bootstrap (multiprocessing/process.py:300)")
WAITING = re.compile(r"^(wait|select|poll|acquire|_wait_for_tstate_lock|get|result|accept|join)$")
FRAME = re.compile(r"(?P<function>[^ ;]+) \((?P<file>[^:;]+):?\d*\)$")
ENGINE = re.compile(r"do_execute|do_executemany|do_commit|do_rollback|fetch|bulk_insert|_fetch")


def sampler() -> str:
    """The program's path; "" where it is not installed."""
    beside = Path(sys.executable).with_name("py-spy")
    return str(beside) if beside.exists() else shutil.which("py-spy") or ""


def beside(raw: Path) -> tuple[str, ...]:
    """The command line before the one that is looked at."""
    told = ("--rate", str(RATE), "--duration", str(LOOKING_S), "--format", "raw", "--output", str(raw))
    return (sampler(), "record", "--subprocesses", "--nonblocking", *told, "--")


def shares(name: str, raw: str) -> dict[str, float]:
    """Owner → share of the path's processor time, the largest first; of ``raw``: one "frame;frame… count" a line."""
    wanted, not_wanted = WANTED[name]
    found: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        if any(one in stack for one in wanted) and not any(one in stack for one in (*not_wanted, *STARTING)):
            found[_owner(stack.split(";"))] += int(count)
    del found[""]
    total = sum(found.values())
    first = found.most_common(SHOWN)
    told = {owner: round(count / total, 3) for owner, count in first}
    return told | ({"the rest": round(1 - sum(told.values()), 3)} if len(found) > SHOWN else {})


def _owner(frames: list[str]) -> str:
    """Whose work the innermost frame is; the standard library's is its caller's. "": it waits."""
    for at, frame in enumerate(reversed(frames)):
        seen = FRAME.search(frame)
        if seen is None:
            continue
        file, function = seen["file"], seen["function"].rpartition(".")[2]
        if at == 0 and WAITING.match(function):
            return ""
        top = file.partition("/")[0].removesuffix(".py")
        if at == 0 and ENGINE.search(function) and top in ("sqlalchemy", "database", "psycopg"):
            return "the database itself" if top != "psycopg" else "psycopg"
        if top in sys.stdlib_module_names or file.startswith("<"):
            continue
        if top == "scheduler":  # the loop that it runs is C
            return "uvloop"
        if file == "register/keys.py":
            return "sealing (AES-GCM, HMAC)"
        return file.removesuffix(".py") if top in ROOMS else top
    return "Python itself"


if __name__ == "__main__":
    end_in_order()
    chosen = sys.argv[1]
    bench = import_module(NAMES[chosen])
    for size, value in SIZES[chosen].items():
        setattr(bench, size, value)
    bench.measure(True)
