"""The load report is what the kept results give, the READMEs say nothing else; a bench that fails stops no other."""

import re
from pathlib import Path
from xml.etree import ElementTree

import orjson
import pytest

from benchmarks import all as everything
from benchmarks import national, report, where
from benchmarks.run import NAMES, watched
from benchmarks.speed import RESULTS, SPEED, read, said, speed_rows

ROOT = Path(__file__).parent.parent
AGAIN = "out of date: make bench-report"
NUMBER = re.compile(r"\d[\d.,]*\d|\d")
COSTS = {  # invented: a hundred microseconds a person, a thousand bytes, a core-second for ten thousand messages
    "growth": {
        "figures": {
            "people": 1e6,
            "people_of_a_commune": 2_000.0,
            "sqlite_1000_list_s": 99.0,
            "sqlite_1000000_list_s": 0.2,
            "sqlite_1000000_next_list_s": 0.1,
            "sqlite_1000000_bytes_a_person": 1_000.0,
            "sqlite_1000000_median_page_ms": 10.0,
            "backup_s": 50.0,
            "backup_bytes_a_person": 250.0,
        }
    },
    "plan": {"figures": {"sqlite_1000000_per_s": 1e5, "sqlite_1000000_bytes_a_row": 200.0}},
    "dispatch": {"figures": {"sqlite_per_core_s": 1e4, "memory_mb": 100.0}},
    "bot": {"figures": {"ours_typed_per_cpu_s": 1e3}},
    "audio": {"figures": {"per_bulletin_s": 0.5, "audio_minutes": 100, "communes": 50, "mp3_kb_a_minute": 500}},
    "import": {"figures": {"sqlite_peak_mb": 400.0}},
}


def texts(picture: Path) -> list[str]:
    """What is written on it."""
    return ["".join(one.itertext()) for one in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_the_report_is_what_the_kept_results_give() -> None:
    assert (report.HERE / "report.md").read_text("utf-8") == report.page(read(RESULTS)), AGAIN


def test_its_pictures_say_what_the_kept_results_give(tmp_path: Path) -> None:
    report.draw(read(RESULTS), tmp_path)
    kept = {picture.name: texts(picture) for picture in (report.HERE / "pictures").glob("*.svg")}
    assert {picture.name: texts(picture) for picture in tmp_path.glob("*.svg")} == kept, AGAIN
    linked = re.findall(r"\(pictures/(.+?)\)", (report.HERE / "report.md").read_text("utf-8"))
    assert sorted(linked) == sorted(kept)


def test_every_figure_of_speed_in_the_readmes_is_in_the_report() -> None:
    told = (report.HERE / "report.md").read_text("utf-8")
    english, vietnamese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.vi.md"))
    for name in NAMES:
        ours = next(line for line in english.splitlines() if line.startswith(f"| {name} | "))
        theirs = next(line for line in vietnamese.splitlines() if line.startswith(f"| {name} | "))
        assert ours in told, AGAIN
        swapped = str.maketrans(",.", ".,")
        assert sorted(NUMBER.findall(theirs.translate(swapped))) == sorted(NUMBER.findall(ours)), name


def test_what_is_kept_names_no_machine() -> None:
    for file in RESULTS.glob("*.json"):
        kept = file.read_text("utf-8")
        assert not re.search(r"/(tmp|home|root|work|usr)/|localhost|@", kept), file.name
        assert set(orjson.loads(kept).get("machine", {})) <= {
            "cpus", "processor", "memory_gb", "fsync_ms", "system", "python",
        }  # fmt: skip


def test_a_row_without_its_figures_says_so_and_hides_no_other() -> None:
    rows = speed_rows({"console": {"figures": {"bare_page_ms": 0.123}}}, "en")
    assert "| console | not measured with these sizes | a bare page: 0.12 ms |" in rows
    assert len(rows) == len(NAMES) == len(SPEED)


@pytest.mark.parametrize(
    ("value", "english", "vietnamese"),
    [(0, "0", "0"), (0.123, "0.12", "0,12"), 
     (9.96, "10", "10"), (12_345, "12,300", "12.300"), (1e6, "1,000,000", "1.000.000")],
)  # fmt: skip
def test_a_figure_is_said_with_as_many_digits_as_it_is_good_for(value: float, english: str, vietnamese: str) -> None:
    assert (said(value), said(value, "vi")) == (english, vietnamese)


def test_a_report_of_nothing_and_of_a_failed_bench_can_be_written(tmp_path: Path) -> None:
    assert "0 of 8 benches ended" in report.page({})
    results = {"import": {"failed": "stopped after 9 s", "run": {"seconds": 9.0, "load_before": 1.0}}}
    assert "| import | 9 | 1 | 0% | 0% | 0% | stopped after 9 s |" in report.page(results).replace("| 1 | 0 |", "| 1 |")
    report.draw(results, tmp_path)


# --- A country ---------------------------------------------------------------------------------------


def test_the_needs_of_a_country_are_the_measured_costs_times_the_assumptions() -> None:
    needs = {what: values for what, _unit, values in national.needs(COSTS)}
    assert len(needs) == len(national.RULES)
    country = {what: values[3] for what, values in needs.items()}
    assert country["first lists of all communes, one after another"] == pytest.approx(6_280_000 * 100e-6 / 3600)
    assert country["making one backup"] == pytest.approx(6_280_000 * 50e-6 / 60)
    assert country["ZBS messages of a campaign"] == pytest.approx(6.28 * 0.6 * 2 * 120)
    assert country["the same through one Zalo app at its pace"] == pytest.approx(6_280_000 * 0.6 * 2 / 40 / 3600)
    assert country["database after some years"] == pytest.approx(6.28 * (1_000 * 1.48 + 16 * 200) / 1e3)
    for what in ("people", "pages in the busiest hour", "a year's recordings", "making one backup"):
        assert needs[what][1] * 34 == pytest.approx(needs[what][3])


def test_the_largest_size_that_was_measured_counts_and_what_is_missing_leaves_its_row_out() -> None:
    assert national.measured(COSTS)["list_s"] == pytest.approx(0.2 / 2_000)
    without = {name: found for name, found in COSTS.items() if name != "audio"}
    assert not any("bulletin" in what for what, _unit, _values in national.needs(without))


def test_a_quota_never_lets_out_more_than_the_pace() -> None:
    days = national.days_by_quota()
    assert days["country"][0] == pytest.approx(6_280_000 * 1.2 / 500)
    assert days["province"][1] == pytest.approx(6_280_000 * 1.2 / 34 / 10_000)
    assert min(min(row) for row in days.values()) >= 6_280_000 * 1.2 / 3_321 / (40 * 14 * 3600)


# --- Where the time goes, and the run ------------------------------------------------------------------


def test_the_time_of_a_path_is_shared_among_owners_and_waiting_is_left_out() -> None:
    raw = "\n".join(
        [
            "process 1;plan (campaigns/engine/plan.py:9);do_execute (sqlalchemy/engine/default.py:1) 60",
            "process 1;plan (campaigns/engine/plan.py:9);dumps (json/encoder.py:2) 30",
            "process 1;plan (campaigns/engine/plan.py:9);open (register/keys.py:7) 10",
            "process 1;plan (campaigns/engine/plan.py:9);Condition.wait (threading.py:327) 500",
            "process 1;_one_by_one (benchmarks/plan.py:3);plan (campaigns/engine/plan.py:9) 400",
            "process 1;main (benchmarks/plan.py:1) 300",
        ]
    )
    assert where.shares("plan", raw) == {
        "the database itself": 0.6,
        "campaigns/engine/plan": 0.3,
        "sealing (AES-GCM, HMAC)": 0.1,
    }


def test_every_path_is_told_where_its_time_goes() -> None:
    assert set(where.SIZES) == set(where.WANTED) == set(report.PATHS) == set(NAMES) - {"growth"}
    assert set(everything.ORDER) == set(NAMES)


def test_a_bench_that_fails_or_hangs_is_told_and_the_next_goes_on(tmp_path: Path) -> None:
    assert everything._measure(tmp_path, "gone", ["benchmarks.nothing"], 60) == 1
    assert everything._measure(tmp_path, "hanging", ["timeit", "-n1", "-r1", "import time; time.sleep(99)"], 1) == 1
    assert everything._measure(tmp_path, "late", ["benchmarks.run", "plan"], 0) == 1
    kept = read(tmp_path)
    assert [kept[name]["failed"] for name in ("gone", "hanging", "late")] == [
        "ended with 1", "stopped after 1 s", "no time was left",
    ]  # fmt: skip
    assert all(found["run"]["load_before"] >= 0 for found in kept.values())


def test_the_machine_is_watched_during_a_block() -> None:
    with watched() as busy:
        sum(range(100_000))
    assert busy["seconds"] > 0
    assert all(value >= 0 for value in busy.values())
