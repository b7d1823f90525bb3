"""The drawn phone screens: every step's is there, says the label that the step names, and is small enough to send."""

from __future__ import annotations

import re

import pytest

from content.library import library
from content.screens import Row, Screen, draw_missing, drawing, file_of, picture, screens

STEPS = [step for guide in library().guides.values() for step in guide.steps if step.picture]
ZALO_BYTES = 1_000_000
PNG = b"\x89PNG\r\n\x1a\n"


def test_every_step_of_the_main_guide_has_a_picture() -> None:
    assert all(step.picture for step in library().guides["asxh"].steps)


@pytest.mark.parametrize("name", list(screens()))
def test_a_screen_is_drawn_small_enough_for_every_channel(name: str) -> None:
    png = picture(name)
    assert png.startswith(PNG)
    assert 5_000 < len(png) < ZALO_BYTES / 5


@pytest.mark.parametrize("name", list(screens()))
def test_exactly_one_place_is_touched_and_no_row_is_left_out(name: str) -> None:
    screen = screens()[name]
    assert sum(row.touch for row in screen.rows) == 1
    shown = re.sub(r"<[^>]+>", " ", drawing(screen))
    assert all(word in shown for row in screen.rows for word in row.words.split())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.name}-{step.picture}")
def test_what_is_touched_bears_the_label_that_the_step_names(step) -> None:
    (touched,) = [row.words for row in screens()[step.picture].rows if row.touch]
    labels = re.findall(r'"([^"]+)"', " ".join(step.lines))
    if touched and labels:
        assert touched in labels


def test_the_same_screen_is_the_same_file_every_time() -> None:
    before = picture("asxh-2")
    picture.cache_clear()
    assert picture("asxh-2") == before


def test_a_communes_own_picture_stays(tmp_path) -> None:
    (tmp_path / "asxh-2.jpg").write_bytes(b"own")
    assert draw_missing(tmp_path) == len(screens()) - 1
    assert not (tmp_path / file_of("asxh-2")).exists()
    assert (tmp_path / file_of("asxh-3")).read_bytes() == picture("asxh-3")
    assert draw_missing(tmp_path) == 0


def test_a_screen_that_changed_is_drawn_anew_and_its_old_drawing_goes(tmp_path, monkeypatch) -> None:
    own, other = tmp_path / "asxh-1.png", tmp_path / "khac.12345678.txt"
    own.write_bytes(b"own")
    other.write_bytes(b"no drawing of ours")
    draw_missing(tmp_path)
    before = file_of("asxh-3")
    changed = screens() | {"asxh-3": Screen(title="An sinh xã hội", rows=(Row(kind="item", words="Khác", touch=True),))}
    monkeypatch.setattr("content.screens.screens", lambda: changed)
    for kept in (file_of, picture):
        kept.cache_clear()
    assert draw_missing(tmp_path) == 1
    assert not (tmp_path / before).exists()
    assert (tmp_path / file_of("asxh-3")).read_bytes() == picture("asxh-3")
    assert own.read_bytes() == b"own"
    assert other.exists()
    for kept in (file_of, picture):
        kept.cache_clear()
