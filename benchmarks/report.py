"""benchmarks/report.md and its pictures, from the kept results alone.

python -m benchmarks.report      # make bench-report: writes the report again, measures nothing
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import ceil
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from benchmarks import national
from benchmarks.run import DATABASES, NAMES
from benchmarks.speed import RESULTS, Results, read, said, speed_rows, table
from channels.telegram.limits import REPLIES_PER_SECOND

HERE = Path(__file__).parent
CAMPAIGN_DAYS = 10
LITTLE = 0.01

# --- The report ------------------------------------------------------------------------------------

# ratio → (who stands beside, whether less is better: then the picture shows its inverse)
PEERS: dict[str, dict[str, tuple[str, bool]]] = {
    "import": {"sqlite_first_over_openpyxl_read": ("import, all of it ÷ openpyxl only reading", True)},
    "plan": {"set_over_row_by_row": ("plan ÷ row by row", False)},
    "dispatch": {
        "sqlite_over_aiogram": ("dispatch, SQLite ÷ aiogram's Bot", False),
        "sqlite_over_aiogram_uvloop": ("dispatch, SQLite ÷ aiogram on uvloop", False),
        "sqlite_over_celery": ("dispatch, SQLite ÷ Celery", False),
        "sqlite_over_taskiq": ("dispatch, SQLite ÷ taskiq", False),
        "postgres_over_celery": ("dispatch, PostgreSQL ÷ Celery", False),
    },
    "bot": {
        "webhook_typed_over_echo_cpu": ("turn ÷ aiogram echo, typed", False),
        "webhook_pressed_over_echo_cpu": ("turn ÷ aiogram echo, pressed", False),
        "webhook_typed_over_echo_on_uvloop_cpu": ("turn ÷ aiogram echo on uvloop, typed", False),
        "classify_over_model_alone": ("understanding ÷ the bare model", False),
    },
    "channels": {"webhook_over_bare": ("webhook p99 ÷ bare FastAPI endpoint", True)},
    "audio": {"faster_than_anew": ("province's bulletins ÷ each made anew", False)},
}
PATHS = {
    "import": "import (list → register)",
    "plan": "plan (launch)",
    "dispatch": "dispatch (send)",
    "bot": "a turn of the bot",
    "channels": "webhooks at 200/s",
    "console": "pages",
    "audio": "bulletins",
}


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def page(results: Results) -> str:
    """The whole report as Markdown."""
    on: dict[str, Any] = next((found["machine"] for found in results.values() if "machine" in found), {})
    failed = [name for name in NAMES if "failed" in results.get(name, {"failed": ""})]
    grown = results.get("growth", {})
    pages = [(name, value) for name, value in grown.get("ratios", {}).items() if name.startswith("sqlite_median_page")]
    form = environment().get_template("report.md.j2")
    text = form.render(
        said=said,
        on=on,
        benches=len(NAMES),
        ended=len(NAMES) - len(failed),
        failed=", ".join(failed),
        missed=sum(len(found.get("misses", ())) for found in results.values()),
        times=[(said(float(name.rpartition("_")[2].rstrip("x")), "vi"), said(value, "vi")) for name, value in pages],
        speed=table(("bench", "figure", "beside it"), speed_rows(results, "en")),
        commune=said(grown.get("figures", {}).get("people_of_a_commune", 0)),
        growth=_growth(results),
        limits=_limits(results),
        runs=_runs(results),
        everything=list(_everything(results)),
        pictures=set(drawings(results)),
        **_nation(results),
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def environment() -> Environment:
    """Markdown is not HTML: nothing is escaped; a figure that is missing says so."""
    return Environment(loader=FileSystemLoader(HERE), trim_blocks=True, autoescape=False, undefined=ChainableUndefined)  # noqa: S701


def _growth(results: Results) -> str:
    found, planned = (_with_ten_million(results, name) for name in ("growth", "plan"))
    rows = []
    for database in DATABASES:
        for size in sorted(sizes(found, database, "median_page_ms") | sizes(planned, database, "s")):
            cells = [found.get(f"{database}_{size}_{what}") for what in GROWN]
            cells.append(planned.get(f"{database}_{size}_s"))
            rows.append(_row(database, f"{size:,}", *("" if cell is None else said(cell) for cell in cells)))
    head = ("database", "people", "page, median ms", "slowest ms", "a commune's list s", "its next list s")
    return table((*head, "its launch s", "bytes a person", "launch over everybody s"), rows) if rows else ""


def _with_ten_million(results: Results, name: str) -> dict[str, float]:
    found = [results.get(one, {}).get("figures", {}) for one in (name, f"{name}-ten-million")]
    return {**found[1], **found[0]}  # of a size that both have, the run that all others are of


GROWN = ("median_page_ms", "slowest_page_ms", "list_s", "next_list_s", "launch_s", "bytes_a_person")


def sizes(figures: dict[str, float], database: str, what: str) -> set[int]:
    """Sizes for which ``<database>_<size>_<what>`` was measured."""
    begin, end = f"{database}_", f"_{what}"
    middle = (name[len(begin) : -len(end)] for name in figures if name.startswith(begin) and name.endswith(end))
    return {int(one) for one in middle if one.isdigit()}


def _limits(results: Results) -> str:
    rows, where = [], results.get("where", {})
    for name in PATHS:
        if "figures" in results.get(name, {}):
            most = [f"{owner} {share:.0%}" for owner, share in where.get(name, {}).items() if owner != "the rest"][:3]
            busy = _busy(name, results[name])
            waits = (f"{busy[key]:.0%}" for key in ("disk_wait", "core_wait"))
            rows.append(_row(name, said(busy["cores"]), *waits, ", ".join(most), _limit(name, results[name], busy)))
    head = ("path", "cores at work", "waits for the disk", "waits for a core", "processor time goes to")
    return table((*head, "so the limit is"), rows) if rows else ""


def _busy(name: str, found: dict[str, Any]) -> dict[str, float]:
    """Of the path itself where it was watched, else of the whole bench."""
    figures, keys = found["figures"], ("cores", "disk_wait", "core_wait")
    most = max(sizes(figures, "sqlite", "cores"), default=0)
    begin = {"import": "sqlite_million_first", "plan": f"sqlite_{most}"}.get(name, "")
    if f"{begin}_cores" in figures:
        return {key: figures.get(f"{begin}_{key}", 0.0) for key in keys}
    return {key: found["run"].get(key, 0.0) for key in keys}


MUCH = 0.4  # of the time in which something waits for the disk


def _limit(name: str, found: dict[str, Any], busy: dict[str, float]) -> str:
    """One sentence, from what was measured."""
    figures = found["figures"]
    if name == "dispatch":
        times = said(figures["sqlite_per_core_s"] / national.a("telegram_pace"))
        return f"the provider's pace: one core could serve {times} Telegram bots at 24 a second"
    if name == "bot":
        times = said(figures["ours_typed_per_cpu_s"] / REPLIES_PER_SECOND)
        return (
            f"a core; a Telegram bot may answer {said(REPLIES_PER_SECOND)} a second, and one core serves {times} such"
        )
    if name == "channels":
        return f"nothing yet at 200 a second: p99 is {said(figures['webhook_p99_ms'])} ms of the 2 s that Zalo waits"
    if busy["disk_wait"] > MUCH:
        return "the disk"
    if name in ("import", "plan"):
        return "one core: a database has one writer, and the disk keeps up"
    return (
        "a core: each page is work of the processor"
        if name == "console"
        else "the cores: two processes speak and master"
    )


def _nation(results: Results) -> dict[str, Any]:
    rows, cost = national.needs(results), national.measured(results)
    if not rows:
        return {}
    by_name = {what: values for what, _unit, values in rows}
    needed = [by_name.get(what) for what in ("cores in the busiest hour, half of each left free", "memory")]
    cores, memory, disk = (*needed, by_name.get("database after some years"))
    found: dict[str, Any] = {}
    if cores and memory and disk:
        for name, at in (("small", 2), ("large", 3)):  # Hà Nội is the largest province; the country
            gigabytes = {"memory": max(2, ceil(memory[at] + 1)), "disk": max(10, 4 * disk[at])}
            found[name] = {"cores": max(2, ceil(cores[at])), **gigabytes}
    names = [place.name for place in national.places()]
    quota = [_row(_account(name), *map(said, days)) for name, days in national.days_by_quota().items()]
    costs = [
        (what, f"{said(cost[key] * factor)} {unit}")
        for key, (what, factor, unit) in national.COSTS.items()
        if key in cost
    ]
    assumed = [_row(one.why, f"{one.value:,g} {one.unit}", one.kind) for one in national.ASSUMED.values()]
    return found | {
        "days": national.days_by_quota(),
        "needs": table(
            ("need", "unit", *names), (_row(what, unit, *map(_told, values)) for what, unit, values in rows)
        ),
        "quota": table(("who has the account", *(f"{quota:,} a day" for quota in national.QUOTAS)), quota),
        "costs": table(("what", "cost"), (_row(*one) for one in costs)),
        "assumed": table(("what", "value", "kind"), assumed),
    }


def _account(name: str) -> str:
    return "one OA for all" if name == "country" else f"an OA a {name}"


def _told(value: float) -> str:
    """So little that nobody needs to know how little is told as such."""
    return said(value) if value >= LITTLE else f"under {LITTLE}"


def _runs(results: Results) -> str:
    rows = []
    for name, found in results.items():
        if run := found.get("run"):
            numbers = [said(run[key]) for key in ("seconds", "load_before", "cores") if key in run]
            waits = [f"{run.get(key, 0):.0%}" for key in ("disk_wait", "core_wait", "stolen")]
            ended = found.get("failed") or ("all targets met" if found.get("ok") else "; ".join(found["misses"]))
            rows.append(_row(name, *numbers, *waits, ended))
    head = (
        "bench",
        "s",
        "load before",
        "cores at work",
        "waits for the disk",
        "waits for a core",
        "stolen by the host",
    )
    return table((*head, "how it ended"), rows) if rows else ""


def _everything(results: Results) -> Iterator[tuple[str, str]]:
    for name, found in results.items():
        rows = []
        for key, value in {**found.get("figures", {}), **found.get("ratios", {})}.items():
            target = " ".join(f"{kind} {limit:g}" for kind, limit in found["targets"].get(key, {}).items())
            rows.append(_row(f"`{key}`", f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}", target))
        if rows:
            yield name, table(("figure", "value", "target"), rows)


# --- Pictures --------------------------------------------------------------------------------------


def draw(results: Results, folder: Path) -> None:
    """The report's pictures into ``folder``; of what was not measured, none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in drawings(results).items():
        drawn(folder / f"{name}.svg")


def drawings(results: Results) -> dict[str, Callable[[Path], None]]:
    """Name of each picture for which there are figures → what draws it."""
    found: dict[str, Callable[[Path], None]] = {}
    ratios = {
        told: 1 / value if inverse else value
        for name, of in PEERS.items()
        for key, (told, inverse) in of.items()
        if (value := results.get(name, {}).get("ratios", {}).get(key))
    }
    if ratios:
        found["peers"] = lambda file: _pictures().times(file, "How many times as fast as what stands beside it", ratios)
    whole, same = _lines(results)
    if whole and same:
        panels = {
            "Work over everybody": ("people", "seconds", whole),
            "A commune among them": ("people in the register", "seconds (pages: milliseconds)", same),
        }
        found["growth"] = lambda file: _pictures().growing(file, panels)
    where = {PATHS[name]: results["where"][name] for name in PATHS if name in results.get("where", {})}
    if where:
        found["where"] = lambda file: _pictures().shares(file, "Where the processor time of each path goes", where)
    quotas = [f"{quota:,} a day" for quota in national.QUOTAS]
    rows = {_account(name): days for name, days in national.days_by_quota().items()}
    title = f"Days of one national campaign by Zalo's quota (dashed: {CAMPAIGN_DAYS} days)"
    if national.needs(results):
        found["quota"] = lambda file: _pictures().days(file, title, quotas, rows, CAMPAIGN_DAYS)
    return found


def _pictures() -> ModuleType:
    """matplotlib is asked for only by who draws."""
    from benchmarks import pictures

    return pictures


def _lines(results: Results) -> tuple[dict[str, list[tuple[float, float]]], dict[str, list[tuple[float, float]]]]:
    """Points of the picture of growth: work over everybody, and a commune's."""
    of = {name: results.get(name, {}).get("figures", {}) | results.get(f"{name}-ten-million", {}).get("figures", {})
          for name in ("plan", "growth", "import")}  # fmt: skip
    whole: dict[str, list[tuple[float, float]]] = {}
    same: dict[str, list[tuple[float, float]]] = {}
    for database, told in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        planned = [(float(size), of["plan"][f"{database}_{size}_s"]) for size in sizes(of["plan"], database, "s")]
        read_in = (
            [(of["import"]["rows"], of["import"][f"{database}_first_s"])]
            if f"{database}_first_s" in of["import"]
            else []
        )
        if f"{database}_million_first_s" in of["import"]:
            read_in.append((1e6, of["import"][f"{database}_million_first_s"]))
        whole |= {f"launch, {told}": planned} if planned else {}
        whole |= {f"import, {told}": read_in} if read_in else {}
        for what, name in (("median_page_ms", "page, ms"), ("list_s", "list, s"), ("launch_s", "launch, s")):
            points = [
                (float(size), of["growth"][f"{database}_{size}_{what}"]) for size in sizes(of["growth"], database, what)
            ]
            same |= {f"{name}, {told}": points} if points else {}
    return whole, same


def write(results_in: Path = RESULTS, into: Path = HERE) -> None:
    """report.md and pictures/ into ``into``."""
    results = read(results_in)
    into.mkdir(parents=True, exist_ok=True)
    (into / "report.md").write_text(page(results), encoding="utf-8")
    draw(results, into / "pictures")


if __name__ == "__main__":
    write()
