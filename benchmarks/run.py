"""How fast is it here? Every figure stands beside a peer measured in the same run on the same machine.

    bench("dispatch", quick=True) -> {"bench", "machine", "figures", "ratios", "targets", "ok", "misses"}

Absolute figures move from machine to machine, ratios hold better. A missed target makes ``ok`` false.
Nothing real is touched: each bench makes a home of its own in a temporary folder, with invented people,
and talks to 127.0.0.1 only.

    python -m benchmarks.run NAME [--quick]      # one bench, its JSON on standard output
"""

from __future__ import annotations

import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from register.errors import BadInput

NAMES = {  # name of the bench → its module
    "import": "benchmarks.lists",
    "plan": "benchmarks.plan",
    "dispatch": "benchmarks.dispatch",
    "bot": "benchmarks.bot",
    "channels": "benchmarks.channels",
    "audio": "benchmarks.audio",
    "console": "benchmarks.console",
    "growth": "benchmarks.growth",
}
DATABASES = ("sqlite", "postgresql")
SYNCS = 100


@dataclass
class Measured:
    """What a bench found. ``targets``: figure or ratio → ("least" | "most", limit)."""

    figures: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    targets: dict[str, tuple[str, float]] = field(default_factory=dict)

    def misses(self) -> list[str]:
        """A line for every target that was not met."""
        values = {**self.figures, **self.ratios}
        return [
            f"{name}: {values[name]:g}, {kind} {limit:g}"
            for name, (kind, limit) in self.targets.items()
            if (values[name] < limit if kind == "least" else values[name] > limit)
        ]


def bench(name: str, quick: bool = False, **more: Any) -> dict[str, Any]:
    """Run one bench. ``quick``: small sizes, under a minute. BadInput for an unknown name. ``more``: for the bench."""
    if name not in NAMES:
        raise BadInput(f"Không có phép đo “{name}”. Các phép đo: {', '.join(NAMES)}.")
    found: Measured = import_module(NAMES[name]).measure(quick, **more)
    misses = found.misses()
    return {
        "bench": name,
        "machine": machine(),
        "figures": {name: _short(value) for name, value in found.figures.items()},
        "ratios": {name: _short(value) for name, value in found.ratios.items()},
        "targets": {name: {kind: limit} for name, (kind, limit) in found.targets.items()},
        "ok": not misses,
        "misses": misses,
    }


def machine() -> dict[str, Any]:
    """What the figures were measured on; nothing that names the machine or its owner."""
    return {
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9) if _has_proc() else 0,
        "fsync_ms": _short(_fsync_ms()),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _processor() -> str:
    """The kind of CPU, as the system tells it."""
    told = Path("/proc/cpuinfo").read_text().splitlines() if _has_proc() else []
    model = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), "")
    return " ".join((model, platform.machine())).strip()


def _has_proc() -> bool:
    return Path("/proc/stat").exists()


def _fsync_ms() -> float:
    """Milliseconds until 4 kB are on the disk of the temporary folder: what one commit waits at least."""
    with tempfile.NamedTemporaryFile() as file:

        def sync() -> None:
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fsync(file.fileno())

        return seconds(sync, SYNCS) * 1000


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """How busy the whole machine is during the block: afterwards ``seconds``, ``cores`` (that worked, of all),

    and of the time the shares in which something waited for the disk (``disk_wait``) and for a core (``core_wait``),
    as Linux tells them in /proc/pressure; ``stolen``: what the machine's host took away. Elsewhere only the seconds.
    """
    found: dict[str, float] = {}
    start, before = time.perf_counter(), _so_far()
    try:
        yield found
    finally:
        found["seconds"] = time.perf_counter() - start
        found |= {
            name: (value - before[name]) / found["seconds"] for name, value in _so_far().items() if name in before
        }


def _so_far() -> dict[str, float]:
    """Seconds since the machine was started."""
    if not _has_proc():
        return {}
    user, nice, system, _idle, _iowait, irq, soft, steal = (
        int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in Path("/proc/stat").read_text().split()[1:9]
    )
    found = {"cores": user + nice + system + irq + soft, "stolen": steal}
    for name, file in (("disk_wait", Path("/proc/pressure/io")), ("core_wait", Path("/proc/pressure/cpu"))):
        if file.exists():
            found[name] = int(file.read_text().split("total=")[1].split()[0]) / 1e6
    return found


def seconds(work: Callable[[], Any], runs: int = 1) -> float:
    """Wall seconds of ``work``: the median of ``runs``."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _short(value: float) -> float:
    """Four digits are more than any of these figures is good for."""
    return float(f"{value:.4g}")


def end_in_order() -> None:
    """Who is told to end takes servers and folders away on the way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


if __name__ == "__main__":
    end_in_order()
    told = json.dumps(bench(sys.argv[1], "--quick" in sys.argv), ensure_ascii=False)
    print(told, flush=True)
