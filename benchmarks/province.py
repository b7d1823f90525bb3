"""A whole province's report: 124 communes of 1.900 people, while the month runs and once it is closed, by database.

Beside it the province's page, which counts what stands now in one statement; a report folds the history of facts, so
that it says the same next year. Processor seconds are told too: they hold on a busy machine.

    python -m benchmarks.province [--quick]      # its JSON on standard output; --quick: 10 communes
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import Session, select

from benchmarks.lists import postgres_server
from benchmarks.run import machine
from benchmarks.world import COMMUNE, bench_home, settle_provinces
from campaigns.reports.closing import close
from campaigns.reports.files import to_docx, to_pdf
from campaigns.reports.province import province_report
from campaigns.results.province import places
from register.home import Home
from register.tables import Unit

COMMUNES, COMMUNES_QUICK, A_COMMUNE, PROVINCES = 124, 10, 1_900, 34
MONTH, UNTIL_OVER = "2026-11", timedelta(days=10)


def measure(quick: bool) -> dict[str, float]:
    """Seconds, processor seconds and statements of each, by database; MB at the most."""
    gc.collect()
    gc.freeze()  # as a process that stays does (scheduler.run_long)
    communes = COMMUNES_QUICK if quick else COMMUNES
    found: dict[str, float] = {"communes": communes, "people": communes * A_COMMUNE}
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder, postgres_server(Path(folder)) as server:
        for name, url in (("sqlite", ""), ("postgresql", server)):
            if name == "sqlite" or url:
                with bench_home(**({"database_url": url} if url else {})) as home:
                    settle_provinces(home, communes * A_COMMUNE, A_COMMUNE)
                    found |= {f"{name}_{key}": value for key, value in _one_database(home, Path(folder)).items()}
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _one_database(home: Home, folder: Path) -> dict[str, float]:
    now, later = home.now(), home.now() + UNTIL_OVER
    with home.db.read() as session:
        province = session.get_one(Unit, COMMUNE).parent or ""
        page = _timed(session, "page", partial(places, session, province, now.date()))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        running = _timed(session, "running", partial(province_report, session, province, MONTH, now))
        running["running_more_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        communes = session.exec(select(Unit.code).where(Unit.parent == province)).all()
        made = province_report(session, province, MONTH, now)
    started = time.perf_counter()
    for code in communes:
        home.db.write(lambda s, code=code: close(s, code, MONTH, "đo", later))  # type: ignore[misc]
    closing = {"closing_a_commune_s": (time.perf_counter() - started) / len(communes)}
    with home.db.read() as session:
        closed = _timed(session, "closed", partial(province_report, session, province, MONTH, later))
        files: dict[str, float] = {}
        for suffix, writer in (("docx", to_docx), ("pdf", to_pdf)):
            files |= _timed(session, suffix, partial(writer, made, folder / f"tinh.{suffix}"))
    found = page | running | closing | closed | {name: files[name] for name in ("docx_s", "pdf_s")}
    return found | {"all_provinces_cpu_s": PROVINCES * found["running_cpu_s"]}


def _timed(session: Session, name: str, work: Callable[[], Any]) -> dict[str, float]:
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    event.listen(session.get_bind(), "before_cursor_execute", count)
    wall, processor = time.perf_counter(), time.process_time()
    work()
    taken = {"s": time.perf_counter() - wall, "cpu_s": time.process_time() - processor, "statements": statements}
    event.remove(session.get_bind(), "before_cursor_execute", count)
    return {f"{name}_{key}": value for key, value in taken.items()}


if __name__ == "__main__":
    figures = {name: float(f"{value:.4g}") for name, value in measure("--quick" in sys.argv).items()}
    print(json.dumps({"bench": "province", "machine": machine(), "figures": figures}, indent=2))
