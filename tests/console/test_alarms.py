"""Alarms stand on the first page too, for those whom they concern, and say which hamlet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.tables import StaffAlarm

Browse = Callable[[str], Any]


def test_a_wave_of_scams_stands_first_with_its_hamlet_and_the_warning_to_write(browse: Browse, village: Any) -> None:
    home = village.home
    told = [
        StaffAlarm(cause=f"scam:{village.hamlets[1]}", commune="22945", text="4 người báo lừa đảo.", at=home.now()),
        StaffAlarm(cause="path:77", commune="22918", text="Đợt số 77 chậm hơn tiến độ: đã 1 người.", at=home.now()),
        StaffAlarm(cause="quota:zbs:main", text="Tin mẫu Zalo sắp hết: còn 9/500 tin.", at=home.now()),
    ]
    home.db.write(lambda s: s.add_all(told))
    officer, radio, auditor = (browse(role).get("/").text for role in ("officer", "radio", "auditor"))
    for page in (officer, radio):
        assert "Khu phố 2: nhiều tin báo lừa đảo" in page
        assert 'href="/ban-tin/moi/scam_warning"' in page
    assert "Tin mẫu Zalo sắp hết" in officer
    assert "Tin mẫu Zalo sắp hết" not in radio
    assert "lừa đảo" not in auditor
    assert "Đợt số 77" not in officer
    assert browse("radio").get("/ban-tin/moi/scam_warning").status_code == 200
