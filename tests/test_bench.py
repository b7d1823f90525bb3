"""The benches measure what they say, in the promised shape. How fast it is here is nobody's business in a test."""

import orjson
import pytest

from benchmarks import audio, bot, channels, console, dispatch, growth, lists, plan, webhook
from benchmarks.run import NAMES, Measured, bench
from register.errors import BadInput


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes of a few seconds."""
    monkeypatch.setattr(lists, "ROWS_QUICK", 40)
    monkeypatch.setattr(plan, "PEOPLE_QUICK", 40)
    monkeypatch.setattr(plan, "PEER_PEOPLE", 3)
    for name in ("DUE_QUICK", "SENT_QUICK", "PEER_QUICK"):
        monkeypatch.setattr(dispatch, name, 20)
    monkeypatch.setattr(dispatch, "PACED_S_QUICK", 0.1)
    monkeypatch.setattr(dispatch, "LEFT_OUT", {"postgres", "celery", "taskiq", "replies"})
    monkeypatch.setattr(bot, "LINES_QUICK", 10)
    monkeypatch.setattr(bot, "TALKS_QUICK", 2)
    monkeypatch.setattr(bot, "POSTED_QUICK", 64)
    monkeypatch.setattr(webhook, "SERVERS", ("echo", "ours"))
    monkeypatch.setattr(webhook, "PEERS", ("echo",))
    monkeypatch.setattr(webhook, "ROUNDS", 1)
    monkeypatch.setattr(channels, "DOORS_S_QUICK", 0.3)
    monkeypatch.setattr(channels, "PACE_S_QUICK", 0.5)
    monkeypatch.setattr(channels, "PEER_MESSAGES", 5)
    monkeypatch.setattr(audio, "QUICK_COMMUNES", 2)
    monkeypatch.setattr(audio, "ANEW_QUICK", 1)
    monkeypatch.setattr(growth, "SIZES_QUICK", (40, 80))
    monkeypatch.setattr(growth, "A_COMMUNE_QUICK", 20)
    monkeypatch.setattr(growth, "DATABASES", ("sqlite",))
    monkeypatch.setattr(growth, "ROLES", ("officer",))
    monkeypatch.setattr(console, "ROLES", ("officer",))
    monkeypatch.setattr(console, "PEOPLE", 40)
    monkeypatch.setattr(console, "VIEWS_QUICK", 2)


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", list(NAMES))
def test_a_bench_gives_figures_beside_a_peer(name: str) -> None:
    found = orjson.loads(orjson.dumps(bench(name, quick=True)))
    assert list(found) == ["bench", "machine", "figures", "ratios", "targets", "ok", "misses"]
    assert found["figures"]
    assert found["ratios"]
    assert set(found["targets"]) <= {*found["figures"], *found["ratios"]}
    assert found["ok"] == (not found["misses"])


@pytest.mark.usefixtures("tiny")
def test_the_dispatch_bench_sends_to_everybody_who_is_ready() -> None:
    assert bench("dispatch", quick=True)["figures"]["accepted"] == 18  # of 20; one in ten has the account


def test_an_unknown_bench_is_bad_input() -> None:
    with pytest.raises(BadInput, match="import, plan"):
        bench("nonsense")


def test_a_missed_target_is_said() -> None:
    found = Measured({"rate": 3}, {"growth": 4}, {"rate": ("least", 5), "growth": ("most", 2)})
    assert found.misses() == ["rate: 3, least 5", "growth: 4, most 2"]
    assert Measured({"rate": 5}, {"growth": 2}, found.targets).misses() == []


def test_every_bench_has_its_module() -> None:
    assert list(NAMES) == ["import", "plan", "dispatch", "bot", "channels", "audio", "console", "growth"]
