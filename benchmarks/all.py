"""Every bench, one after another, each in a process of its own; then the report with its pictures.

    python -m benchmarks.all [--quick] [NAME …]     # make bench: at most half an hour; --quick: some minutes
    python -m benchmarks.all --ten-million          # make bench-ten-million: planning and growth on SQLite, an hour

What was found is kept as JSON in benchmarks/results/ (of quick sizes: in build/bench/, which is nobody's record), and
benchmarks/report.md is written from it alone (make bench-report). A bench that fails or runs out of time is told,
and the others go on; what it found last time is taken away.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.run import NAMES, bench, end_in_order, machine, watched
from benchmarks.speed import RESULTS, read

ALL_S = 29 * 60.0  # the whole full run
A_BENCH_S = 12 * 60.0
END_S = 30.0  # for taking away what it made
A_LOOK_S = 100.0  # where the time of one goes
QUICK_FOLDER = Path("build/bench")
TEN_MILLION = 10_000_000
ORDER = ("growth", "import", "plan", "dispatch", "bot", "channels", "console", "audio")  # what is long goes first


def main(arguments: list[str]) -> int:
    """Run, keep and report; 0: everything ran and met its targets."""
    if "--one-of-ten-million" in arguments:
        end_in_order()
        print(json.dumps(bench(arguments[-1], sizes=(TEN_MILLION // 10, TEN_MILLION), databases=("sqlite",))))
        return 0
    quick, many = "--quick" in arguments, "--ten-million" in arguments
    folder = QUICK_FOLDER if quick else RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    named = [one for one in arguments if not one.startswith("-")]
    ends, bad = time.monotonic() + (ALL_S if not many else 3 * ALL_S), 0
    for name in named or (("plan", "growth") if many else ORDER):
        kept = f"{name}-ten-million" if many else name
        command = ["benchmarks.all", "--one-of-ten-million", name] if many else ["benchmarks.run", name]
        limit = min(ends - time.monotonic(), 2 * ALL_S if many else A_BENCH_S)
        bad += _measure(folder, kept, [*command, *(["--quick"] if quick else [])], limit)
    if not many:
        _where(folder, named or list(ORDER), ends)
    report.write(folder, QUICK_FOLDER if quick else report.HERE)
    sys.stderr.write(f"Báo cáo: {(QUICK_FOLDER if quick else report.HERE) / 'report.md'}\n")
    return 1 if bad else 0


def _measure(folder: Path, name: str, command: list[str], limit_s: float) -> int:
    """Run one bench and keep what it found; 1: it failed or missed a target."""
    assert set(ORDER) == set(NAMES)
    sys.stderr.write(f"== {name}\n")
    load = os.getloadavg()[0]
    with watched() as busy:
        found = _run(command, limit_s)
    found.setdefault("machine", machine())
    found["run"] = {name: round(value, 2) for name, value in busy.items()} | {"load_before": round(load, 2)}
    keep(folder / f"{name}.json", found)
    for miss in found.get("misses", []):
        sys.stderr.write(f"   không đạt: {miss}\n")
    sys.stderr.write(f"   {found.get('failed') or 'xong'} sau {busy['seconds']:.0f} giây\n")
    return int(not found.get("ok"))


def _run(command: list[str], limit_s: float, before: tuple[str, ...] = ()) -> dict[str, Any]:
    """What ``python -m …`` prints as JSON; {"failed": why} if it does not. It leaves nothing behind."""
    if limit_s < 1:
        return {"failed": "no time was left"}
    with tempfile.TemporaryDirectory(prefix="tungnha-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL has a user of its own
        process = subprocess.Popen(  # noqa: S603 — ourselves
            [*before, sys.executable, "-m", *command],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "TMPDIR": folder},
        )
        try:
            told, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            return {"failed": f"stopped after {limit_s:.0f} s"}
        finally:
            _end(process, Path(folder))
    if process.returncode:
        return {"failed": f"ended with {process.returncode}"}
    lines = [line for line in told.splitlines() if line.startswith("{")]  # others are the log's
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {"failed": "said nothing"}
    return found


def _end(process: subprocess.Popen[str], folder: Path) -> None:
    """The bench and all that it started, a database server too, which is in no group of ours."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(END_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    for file in folder.rglob("postmaster.pid"):
        with suppress(ProcessLookupError, ValueError, IndexError):
            os.kill(int(file.read_text().splitlines()[0]), signal.SIGQUIT)  # at once


def _where(folder: Path, names: list[str], ends: float) -> None:
    """Look at each once more, at sizes of its own, with a sampler beside it."""
    from benchmarks import where

    found = read(folder).get("where", {}) if len(names) < len(ORDER) else {}
    for name in names:
        limit = min(ends - time.monotonic(), A_LOOK_S)
        if where.sampler() and name in where.SIZES and limit > 1:
            sys.stderr.write(f"== {name}: thời gian đi đâu\n")
            raw = folder / "samples.txt"
            _run(["benchmarks.where", name], limit, where.beside(raw))
            if raw.exists():
                found[name] = where.shares(name, raw.read_text())
                raw.unlink()
    if found:
        keep(folder / "where.json", found)


def keep(file: Path, found: dict[str, Any]) -> None:
    """Written so that a later run differs only where figures do."""
    file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
