"""Screen words: every state, action and answer has its Vietnamese word, and numbers look as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

import bot.tickets
import campaigns.campaigns
import console.app  # every room declares its actions
from campaigns.engine.decide import CHANNELS
from campaigns.states import AttemptResult, CampaignState
from console import words
from console.audit_words import SENTENCES, sentence
from console.forms import as_count, as_day
from console.web import local_path
from register.audit import ACTIONS
from register.errors import BadInput
from register.facts import VALUES
from register.tables import AuditEvent

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def test_every_declared_action_has_a_word() -> None:
    assert console.app, bot.tickets
    silent = {f"campaign_{state}" for state in ("draft",)}  # nothing moves a campaign back to its draft
    assert set(ACTIONS) - silent <= set(words.ACTIONS)


def test_every_state_channel_and_fact_has_a_word() -> None:
    assert campaigns.campaigns
    assert {str(state) for state in CampaignState} == set(words.CAMPAIGN_STATES)
    assert {str(result) for result in AttemptResult} == set(words.ATTEMPTS)
    assert set(CHANNELS) <= set(words.CHANNELS)
    assert set(VALUES) == set(words.FACTS)
    assert {value for values in VALUES.values() for value in values} <= set(words.VALUES)


def test_days_and_moments_are_those_of_viet_nam() -> None:
    assert words.day(date(2026, 1, 5)) == "05/01/2026"
    assert words.day(datetime(2026, 11, 22, 18, tzinfo=UTC)) == "23/11/2026"
    assert words.moment(NOW) == "08:30 ngày 23/11/2026"
    assert words.clock(NOW) == "8 giờ 30"
    assert words.weekday(NOW) == "thứ Hai 23/11/2026"
    assert words.day(None) == words.moment(None) == ""
    assert [words.birth(kept) for kept in ("1950-05-02", "1950", "")] == ["02/05/1950", "1950", ""]


def test_numbers_and_sums() -> None:
    assert words.count(1234567) == "1.234.567"
    assert words.money(400_000) == "400.000 đồng"
    assert words.share(1, 3) == "33,3 %"
    assert words.share(0, 0) == "–"
    assert words.number(-16.14) == "−16,1"
    assert words.minutes(165) == "2 phút 45 giây"
    assert words.minutes(59.6) == "1 phút 00 giây"


@pytest.mark.parametrize(
    ("waited", "said"),
    [(timedelta(0), "1 phút"), (timedelta(minutes=25), "25 phút"), (timedelta(hours=3), "3 giờ"),
     (timedelta(hours=47), "47 giờ"), (timedelta(days=2), "2 ngày")],
)  # fmt: skip
def test_waiting_is_told_in_one_unit(waited: timedelta, said: str) -> None:
    assert words.ago(NOW - waited, NOW) == said


def test_forms_are_read_as_people_fill_them() -> None:
    assert as_day(" 01/12/2026 ", "Ngày") == as_day("2026-12-01", "Ngày") == date(2026, 12, 1)
    assert as_count("1.500.000 đồng", "Kinh phí") == 1_500_000
    for text in ("", "hai mươi", "-3", "1,5", "9" * 13):
        with pytest.raises(BadInput, match="Số người"):
            as_count(text, "Số người")


def test_only_paths_of_this_site_are_followed() -> None:
    assert local_path("/nguoi?khu=1") == "/nguoi?khu=1"
    for path in ("", "nguoi", "https://a.vn", "//a.vn", "/\\a.vn"):
        assert local_path(path) == "/"


def test_every_sentence_of_the_log_fits_the_detail_of_its_action() -> None:
    for action, shape in SENTENCES.items():
        event = AuditEvent(
            at=NOW, actor="lan", action=action, subject="57", previous="", hash="",
            detail={key: ["bank"] if key == "said" else 3 for key in ACTIONS[action]},
        )  # fmt: skip
        said = sentence(event)
        assert "{" not in said
        assert said.endswith("."), shape
    added = AuditEvent(
        at=NOW, actor="lan", action="staff_added", subject="hoa", previous="", hash="",
        detail={"role": "volunteer", "unit": "22945-01"},
    )  # fmt: skip
    assert sentence(added) == "Thêm cán bộ hoa: tổ công nghệ số cộng đồng, đơn vị 22945-01."
    switched = AuditEvent(
        at=NOW, actor="lan", action="channel_switched", subject="zbs", previous="", hash="", detail={"on": False}
    )
    assert sentence(switched) == "Tắt kênh Zalo (tin mẫu theo số máy)."
    unheard = AuditEvent(at=NOW, actor="lan", action="commune_changed", subject="22945", previous="", hash="")
    assert sentence(unheard) == "Sửa thông tin xã, phường: 22945."
