"""Figures as lines: a visit is not "nothing", and what was handed to a channel is not called received."""

from __future__ import annotations

from campaigns.rehearsal import Rehearsal
from campaigns.words import rehearsal_words, status_words

STATUS = {
    "name": "Đợt 1", "state": "running", "segment": "nq418-ready", "planned": 161, "accepted": 119, "held": 0,
    "skipped": {"visit": 38, "stopped": 3}, "held_reasons": {}, "failed": 0, "unknown": 1, "cost_vnd": 14629,
    "by_channel": {"zalo": 119, "visit": 38},
}  # fmt: skip


def test_visits_stand_apart_from_who_gets_nothing() -> None:
    said = status_words(STATUS)
    assert "Đã gửi tin 119, đang chờ 0, đến tận nhà 38, không nhắn 3, gửi không được 0, không rõ đã tới 1." in said
    assert "38 người: Không nhắn tin" not in said
    assert "3 người: Người này đã đề nghị dừng nhận tin." in said


def test_a_trial_of_visits_alone_says_so() -> None:
    said = rehearsal_words(Rehearsal("nq418-ready", planned=5, skipped={"visit": 5}, by_channel={"visit": 5}))
    assert "Đến tận nhà, không nhắn tin: 5 người." in said
    assert "Không nhắn, không đến" not in said
