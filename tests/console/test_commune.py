"""Settings of a commune: hours, days off, room, voice, where help is found. What is written down is what holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlmodel import select

from campaigns.engine.texts import place_of
from campaigns.field.notice import notice_text
from campaigns.field.papers import facts_of
from campaigns.hours import hours_of
from register.tables import AuditEvent, Source
from register.units import setting
from register.workdays import use_local

Browse = Callable[[str], Any]
HERE = "22945"
OFFICE = {
    "may_ban": "0252 3 821 234", "dia_chi": "12 đường Trần Hưng Đạo", "chuc_danh": "trưởng khu phố",
    "gio_tiep": "7 giờ 30 đến 17 giờ, thứ Hai đến thứ Sáu",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_days() -> Iterator[None]:
    yield
    use_local({})


def alone(village: Any) -> None:
    """The other commune has no list: the officer's is the only one."""

    def forget(session: Any) -> None:
        for row in session.exec(select(Source).where(Source.commune != HERE)).all():
            row.commune = HERE
            session.add(row)

    village.home.db.write(forget)


def test_where_help_is_found_stands_in_every_text(browse: Browse, village: Any) -> None:
    assert browse("officer").submit("/xa-phuong", OFFICE).status_code == 303
    now = village.home.now()
    with village.home.db.read() as session:
        centre = place_of(session, HERE, None, now).service_centre
        assert centre == "Trung tâm Phục vụ hành chính công (12 đường Trần Hưng Đạo)"
        for text in ("\n".join(notice_text(session, HERE, now)), facts_of(session, HERE, None, now).sure):
            for words in ("phường Phan Thiết (12 đường Trần Hưng Đạo).", "Giờ tiếp dân: 7 giờ 30", "0252 3 821 234"):
                assert words in text
        logged = [row.detail for row in session.exec(select(AuditEvent)).all() if row.action == "commune_changed"]
    assert logged == [{"what": "words"}]
    assert "12 đường Trần Hưng Đạo" in browse("approver").get("/xa-phuong").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("dia_chi", "gọi 0901234567"), ("dia_chi", "xem www.la.vn"), ("gio_tiep", "x" * 81), ("may_ban", "0901234567")],
)
def test_what_may_not_stand_there_is_told_at_its_field(browse: Browse, field: str, value: str) -> None:
    answer = browse("officer").submit("/xa-phuong", OFFICE | {field: value})
    assert answer.status_code == 422
    assert f'id="{field}-loi"' in answer.text
    assert OFFICE["chuc_danh"] in answer.text  # nothing that was typed is lost


def test_hours_room_and_voice_are_kept_and_used(browse: Browse, village: Any) -> None:
    officer = browse("officer")
    form = {"nhan_tu": "7h30", "nhan_den": "19:00", "suc": "24", "giong": "espeak"}
    assert officer.submit("/xa-phuong/cach-lam", form).status_code == 303
    with village.home.db.read() as session:
        assert hours_of(session, village.home, HERE) == ("07:30", "19:00")
        assert setting(session, HERE, "voice") == "espeak"
    assert 'value="24"' in officer.get("/buoi-ho-tro").text
    assert '<option value="espeak" selected>' in officer.get(f"/ban-tin/{village.bulletin}").text
    assert "07:30" in officer.get(f"/dot-van-dong/{village.campaign}/kenh").text
    assert "từ 07:30 đến 19:00" in browse("approver").get("/xa-phuong").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("nhan_tu", "6:00"), ("nhan_den", "22:00"), ("suc", "0"), ("suc", "nhiều"), ("giong", "ca sĩ")],
)
def test_nothing_is_kept_of_a_form_with_a_fault(browse: Browse, village: Any, field: str, value: str) -> None:
    form = {"nhan_tu": "8:00", "nhan_den": "18:00", "suc": "24", "giong": ""} | {field: value}
    answer = browse("officer").submit("/xa-phuong/cach-lam", form)
    assert answer.status_code == 422
    assert "Cần sửa" in answer.text
    with village.home.db.read() as session:
        assert hours_of(session, village.home, HERE) == ("07:00", "21:00")
        assert setting(session, HERE, "capacity") == ""


def test_days_off_belong_to_the_whole_installation(browse: Browse, village: Any) -> None:
    officer, form = browse("officer"), {"nghi": "28/12/2026, 31/12/2026", "lam": "09/01/2027"}
    assert officer.submit("/xa-phuong/ngay-nghi", form).status_code == 403  # two communes share them
    alone(village)
    assert officer.submit("/xa-phuong/ngay-nghi", form).status_code == 303
    page = officer.get("/xa-phuong").text
    assert 'value="28/12/2026, 31/12/2026"' in page
    assert "28/12/2026" in page.split("Ngày nghỉ trong 120 ngày tới")[1]
    for wrong in ({"nghi": "hôm nào"}, {"nghi": "09/01/2027", "lam": "09/01/2027"}):
        assert officer.submit("/xa-phuong/ngay-nghi", wrong).status_code == 422
    assert 'value="09/01/2027"' in officer.get("/xa-phuong").text  # what stood before stands
