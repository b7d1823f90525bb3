"""Long work outside the requests: one per key, stopped when asked, and nothing lost silently."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import select

from audio.tables import Recording
from console.running import BROKEN, Progress, Running
from register.errors import BadInput

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
def running() -> Iterator[Running]:
    running = Running()
    yield running
    running.close()


def test_work_runs_outside_and_its_result_stays_until_it_is_forgotten(running: Running) -> None:
    task = running.start("a", "Lan", NOW, lambda progress: 42)
    assert task.wait(60)
    assert (task.state, task.result, running.state("a")) == ("done", 42, task)
    running.forget("a")
    assert running.state("a") is None


def test_progress_is_told_in_percent(running: Running) -> None:
    seen, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress(30, 40)
        seen.set()
        assert go_on.wait(60)

    task = running.start("a", "Lan", NOW, work)
    assert seen.wait(60)
    assert (task.percent, task.state, task.live) == (75, "running", True)
    go_on.set()


def test_the_same_key_is_under_way_once(running: Running) -> None:
    go_on = threading.Event()
    first = running.start("a", "Lan", NOW, lambda progress: go_on.wait(60))
    with pytest.raises(BadInput, match="Lan đang làm việc này"):
        running.start("a", "Minh", NOW, lambda progress: None)
    go_on.set()
    assert first.wait(60)
    assert running.start("a", "Minh", NOW, lambda progress: None).wait(60)


def test_a_stop_ends_it_at_its_next_step(running: Running) -> None:
    reached, stopped = threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        reached.set()
        assert stopped.wait(60)
        progress(1, 2)
        raise AssertionError("never here")

    task = running.start("a", "Lan", NOW, work)
    assert reached.wait(60)
    running.stop("a")
    assert task.stopping
    stopped.set()
    assert task.wait(60)
    assert task.state == "stopped"


def test_what_waits_for_its_turn_can_be_stopped_too(running: Running) -> None:
    go_on = threading.Event()
    busy = [running.start(key, "Lan", NOW, lambda progress: go_on.wait(60)) for key in "ab"]
    third = running.start("c", "Lan", NOW, lambda progress: 1)
    running.stop("c")
    go_on.set()
    assert all(task.wait(60) for task in (*busy, third))
    assert (third.state, third.result) == ("stopped", None)


def test_trouble_is_one_sentence_and_an_error_gives_nothing_away(running: Running) -> None:
    def refused(progress: Progress) -> None:
        raise BadInput("Hãy chọn lại tệp.")

    def broken(progress: Progress) -> None:
        raise RuntimeError("tên một người")

    told = [running.start(str(work), "Lan", NOW, work) for work in (refused, broken)]
    assert all(task.wait(60) for task in told)
    assert [task.trouble for task in told] == ["Hãy chọn lại tệp.", BROKEN]


def test_closing_stops_everything_and_takes_nothing_new() -> None:
    running, reached = Running(), threading.Event()

    def work(progress: Progress) -> None:
        while True:
            reached.set()
            progress(0, 0)

    task = running.start("a", "Lan", NOW, work)
    assert reached.wait(60)
    running.close()
    assert task.state == "stopped"
    with pytest.raises(BadInput, match="đang tắt"):
        running.start("b", "Lan", NOW, lambda progress: None)


def test_a_recording_is_made_outside_the_request(browse: Callable[[str], Any], village: Any) -> None:
    village.home.settings.voice = "espeak"
    browser, path = browse("officer"), f"/ban-tin/{village.bulletin}"
    answer = browser.submit(f"{path}/ghi-am")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    browser.rest()
    assert browser.app.state.running.state(f"recording:{village.bulletin}").state == "done"
    assert "Đã ghi âm." in browser.get(path).text
    with village.home.db.read() as session:
        made = session.exec(select(Recording).where(Recording.bulletin == village.bulletin)).all()
    assert len(made) == 2
