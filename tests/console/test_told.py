"""A notice: in which hamlets it was told, and photos of it that tell nothing but what they show."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from campaigns.field import told
from campaigns.tables import Announcement, NoticePhoto, NoticeTold
from register.errors import BadInput

Browse = Callable[[str], Any]


def photo(width: int = 2400, height: int = 1800, kind: str = "JPEG", exif: bool = True) -> bytes:
    """A photo as a phone takes it: large, turned, with the place where it was taken."""
    picture, out = Image.new("RGB", (width, height), (200, 180, 90)), io.BytesIO()
    data = Image.Exif()
    if exif:
        data[0x0112] = 6  # turned by 90 degrees
        data[0x010F] = "Máy của Nguyễn Thị Mai"
        data.get_ifd(0x8825)[2] = (10.0, 55.0, 30.0)
    picture.save(out, kind, exif=data)
    return out.getvalue()


def test_a_photo_is_drawn_anew_upright_small_and_bare() -> None:
    kept = told.redrawn(photo())
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (960, 1280))
        assert not picture.getexif()
    assert b"Exif" not in kept
    assert b"Mai" not in kept


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_become_jpeg(kind: str) -> None:
    assert told.redrawn(photo(300, 200, kind))[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    "body", [b"", b"GIF89a", b"<svg onload=alert(1)>", b"%PDF-1.7", photo()[:500], b"\xff\xd8\xff" + b"x" * 9_000]
)
def test_what_is_no_photo_does_not_come_through(body: bytes) -> None:
    with pytest.raises(BadInput):
        told.redrawn(body)


def test_a_picture_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "MOST_PIXELS", 1_000)
    with pytest.raises(BadInput, match="quá lớn"):
        told.redrawn(photo(100, 100))


def test_an_officer_ticks_hamlets_and_each_keeps_its_day(browse: Browse, village: Any, clock: Any) -> None:
    officer, hamlets = browse("officer"), village.hamlets
    officer.submit("/thong-bao/1/pho-bien", {"khu": hamlets[:2], "ngay": "22/11/2026"})
    officer.submit("/thong-bao/1/pho-bien", {"khu": hamlets[1:4], "ngay": "23/11/2026"})
    with village.home.db.read() as session:
        rows = {row.hamlet: row.told_on.day for row in session.exec(select(NoticeTold)).all()}
        assert rows == {hamlets[1]: 22, hamlets[2]: 23, hamlets[3]: 23}
        assert session.get_one(Announcement, 1).hamlets_told == 3
    page = officer.get("/thong-bao/1").text
    assert "3 trên 5 khu dân cư" in page
    assert "Lê Văn Officer ghi" in page


@pytest.mark.parametrize("day", ["24/11/2026", "19/11/2026", "hôm qua"])
def test_a_day_that_cannot_be_is_told_at_its_field(browse: Browse, village: Any, day: str) -> None:
    answer = browse("officer").submit("/thong-bao/1/pho-bien", {"khu": village.hamlets[:1], "ngay": day})
    assert answer.status_code == 422
    assert "Cần sửa" in answer.text


def test_photos_are_shown_and_thrown_away(browse: Browse, village: Any) -> None:
    officer = browse("officer")
    for _ in range(2):  # the same photo twice is one
        sent = officer.submit("/thong-bao/anh", {"thong_bao": "1"}, files={"anh": ("IMG_1.jpg", photo(), "image/jpeg")})
        assert sent.status_code == 303
    with village.home.db.read() as session:
        (kept,) = session.exec(select(NoticePhoto)).all()
    answer = officer.get(f"/thong-bao/anh/{kept.id}.jpg")
    assert (answer.headers["content-type"], answer.content) == ("image/jpeg", kept.image)
    officer.submit(f"/thong-bao/anh/{kept.id}/bo")
    assert officer.get(f"/thong-bao/anh/{kept.id}.jpg").status_code == 404
    wrong = officer.submit("/thong-bao/anh", {"thong_bao": "1"}, files={"anh": ("a.jpg", b"nothing", "image/jpeg")})
    assert wrong.status_code == 422
    assert "Không đọc được ảnh này" in wrong.text
