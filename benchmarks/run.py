"""How fast is it here? Every figure stands beside a peer measured in the same run on the same machine.

    bench("dispatch", quick=True) -> {"bench", "machine", "figures", "ratios", "targets", "ok", "misses"}

Absolute figures move from machine to machine, ratios hold better. A missed target makes ``ok`` false.
Nothing real is touched: each bench makes a home of its own in a temporary folder, with invented people,
and talks to 127.0.0.1 only.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
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
}


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


def bench(name: str, quick: bool = False) -> dict[str, Any]:
    """Run one bench. ``quick``: small sizes, under a minute. BadInput for an unknown name."""
    if name not in NAMES:
        raise BadInput(f"Không có phép đo “{name}”. Các phép đo: {', '.join(NAMES)}.")
    found: Measured = import_module(NAMES[name]).measure(quick)
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
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


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
