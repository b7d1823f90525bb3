"""`campaign`: from a draft to its end."""

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]
DAY = "2030-01-02", "2030-02-02"
NOBODY = '[{"is": "age", "least": 119}]'
COUNTS = {"segment", "planned", "accepted", "held", "skipped", "failed", "unknown", "cost_vnd", "by_channel"}


def new(run: Run, name: str) -> None:
    window = ("--from", DAY[0], "--to", DAY[1])
    done = run("campaign", "new", name, "--segment", "nq418-ready", "--channels", "zalo,telegram,visit", *window)
    assert done.returncode == 0, done.stderr


def test_a_campaigns_life(run: Run) -> None:
    new(run, "đợt 1")
    tried = run("campaign", "rehearse", "đợt 1", "--json").data()
    assert tried.keys() >= COUNTS
    assert tried["planned"] == tried["accepted"] + tried["held"] + sum(tried["skipped"].values()) > 100
    assert "lập đợt" in run("campaign", "approve", "đợt 1", "--by", "lan").refused()
    assert run("campaign", "approve", "đợt 1", "--by", "minh").returncode == 0
    launched = run("campaign", "launch", "đợt 1", "--wait")
    assert launched.returncode == 0
    assert "tungnha serve" in launched.stderr  # nobody is there to send, and it says so
    found = run("campaign", "status", "đợt 1", "--json").data()
    assert found.keys() >= COUNTS
    assert found["skipped"] == tried["skipped"]
    for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert run("campaign", action, "đợt 1").returncode == 0
        assert run("campaign", "status", "đợt 1", "--json").data()["state"] == state
    run("campaign", "resume", "đợt 1").refused()
    assert run("campaign", "why", "đợt 1", "1").stdout.strip().endswith(".")


def test_what_a_campaign_may_not_be(run: Run) -> None:
    window = ("--from", DAY[0], "--to", DAY[1])
    run("campaign", "new", "x", "--segment", "khong-co", "--channels", "zalo", *window).refused()
    run("campaign", "new", "x", "--segment", "nq418-ready", "--channels", "fax", *window).refused()
    run(
        "campaign", "new", "x", "--segment", "nq418-ready", "--channels", "zalo", "--from", "mai", "--to", "x"
    ).refused()
    run("campaign", "status", "khong-co").refused()
    run("campaign", "why", "khong-co", "1").refused()
    run("campaign", "new").refused()
    run("campaign", "no-such-thing").refused()


def test_a_rehearsal_that_writes_to_nobody_says_why(run: Run) -> None:
    window = ("--from", DAY[0], "--to", DAY[1])
    run("campaign", "new", "không ai", "--segment", "nq418-ready", "--channels", "zalo,visit", *window)
    assert "thêm kênh zbs" in run("campaign", "rehearse", "không ai").stdout
    run("campaign", "new", "trống", "--segment", "unlinked", "--channels", "visit", *window, "--narrow", NOBODY)
    assert "Nhóm này chưa có ai." in run("campaign", "rehearse", "trống").stdout
