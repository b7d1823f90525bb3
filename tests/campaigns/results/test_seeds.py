"""The figures that three real documents tell, from lists with those totals, through the real import.

001 phường Đức Nghĩa: 447 people; NCC 37/37; BTXH 141/150 of the quota, 141/410 of everybody. 003 Lạng Sơn: at least
60 % of all managed people in every commune. 004 Tuyên Quang: NCC 57 %, BTXH 51 %; the best 93,9 %, the worst 18,05 %.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from campaigns.reports.blocks import Para, Table
from campaigns.reports.figures import Report
from campaigns.reports.pages import pages
from campaigns.reports.province import province_report
from campaigns.reports.reports import report
from campaigns.reports.rules import set_rules
from register.home import Home
from register.importing import SourceInfo, import_list
from register.tables import Unit

LIST = Path(__file__).parents[2] / "register" / "lists" / "phan-thiet-447.xlsx"
PHAN_THIET, TUYEN_QUANG = "22945", "08"
# a commune's people: (group, paid by account, managed); "thành phố Tuyên Quang" best, "huyện Lâm Bình" worst
SPREAD = (
    (("Người có công", 12, 12), ("Bảo trợ xã hội", 65, 70)),  # 77/82 = 93,9 %
    (("Người có công", 10, 50), ("Bảo trợ xã hội", 66, 371)),  # 76/421 = 18,05 %
    (("Người có công", 35, 38), ("Bảo trợ xã hội", 328, 459)),  # 363/497 = 73 %
)


def written(made: Report) -> str:
    """Every sentence of the report."""
    return " ".join(block.text for block in pages(made) if isinstance(block, Para))


def test_seed_001_a_share_of_the_quota_is_not_the_share_of_everybody(shared_home: Home) -> None:
    home = shared_home
    import_list(home, LIST, PHAN_THIET, source=SourceInfo(date(2026, 11, 15)), by="lan")
    home.db.write(lambda s: set_rules(s, PHAN_THIET, "", "40", {"btxh": "150"}, {}))
    with home.db.read() as session:
        whole, btxh, ncc = (report(session, PHAN_THIET, "2026-11", home.now(), part) for part in ("", "btxh", "ncc"))
    assert (whole.people, ncc.people, btxh.people) == (447, 37, 410)
    assert (ncc.paid.numerator, ncc.paid.denominator) == (37, 37)
    assert (btxh.paid.numerator, btxh.paid.denominator) == (141, 410)
    assert written(ncc).count("37/37 người, 100,0%") == 1
    for made in (whole, btxh):
        said = "so với chỉ tiêu được giao 141/150 người, đạt 94%; so với số người đang quản lý 141/410, bằng 34,4%"
        assert said in written(made)
    assert "141/410 người, 34,4%: chưa đạt chỉ tiêu tối thiểu 40%, còn thiếu 23 người." in written(btxh)
    assert "141/150" not in written(ncc)


@pytest.fixture(scope="module")
def tuyen_quang(shared_home: Home, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three communes of the province with SPREAD's people, from lists."""
    home, folder = shared_home, tmp_path_factory.mktemp("lists")
    with home.db.read() as session:
        here = select(Unit.code).where(Unit.parent == TUYEN_QUANG).order_by(col(Unit.code)).limit(len(SPREAD))
        codes = list(session.exec(here).all())
    for place, (commune, groups) in enumerate(zip(codes, SPREAD, strict=True)):
        lines, number = ["Họ và tên,Số định danh,Năm sinh,Loại đối tượng,Hình thức chi trả"], 0
        for group, paid, managed in groups:
            for who in range(managed):
                number += 1
                how = ("Tài khoản", "Ủy quyền")[who % 2] if who < paid else "Tiền mặt"
                lines.append(f"Lê Thị {NAMES[number % 20]},008150{1000 * place + number:06d},1950,{group},{how}")
        file = folder / f"{commune}.csv"
        file.write_text("\n".join(lines), encoding="utf-8")
        import_list(home, file, commune, source=SourceInfo(date(2026, 10, 20)), by="lan")
    return codes


NAMES = "Ba Tư Năm Sáu Bảy Tám Chín Mai Lan Hoa Huệ Đào Cúc Sen Yến Nga Thu Xuân Hạ Đông".split()  # noqa: SIM905


def test_seed_004_both_groups_and_the_best_and_the_worst_commune(shared_home: Home, tuyen_quang: list[str]) -> None:
    home = shared_home
    with home.db.read() as session:
        whole, btxh, ncc = (
            province_report(session, TUYEN_QUANG, "2026-10", home.now(), part) for part in ("", "btxh", "ncc")
        )
    assert (ncc.paid.numerator, ncc.paid.denominator) == (57, 100)
    assert (btxh.paid.numerator, btxh.paid.denominator) == (459, 900)
    assert [line.said for line in (ncc.paid, btxh.paid)] == ["57/100 = 57 %", "459/900 = 51 %"]
    names = {one.code: one.name for one in whole.communes}
    best, worst, _ = (names[code] for code in tuyen_quang)
    assert f"Cao nhất: {best} 93,9%; thấp nhất: {worst} 18,05%." in written(whole)


def test_seed_003_every_commune_against_the_line_of_60_percent(shared_home: Home, tuyen_quang: list[str]) -> None:
    home = shared_home
    with home.db.read() as session:
        made = province_report(session, TUYEN_QUANG, "2026-10", home.now())
    assert "So với chỉ tiêu tối thiểu 60% ở từng xã, phường: 2 nơi đạt, 1 nơi chưa đạt." in written(made)
    table = next(block for block in pages(made) if isinstance(block, Table) and block.header[0] == "Xã, phường")
    assert [(row[1], row[2], row[5], row[6]) for row in table.rows] == [
        (77, 82, "đạt", 0),
        (363, 497, "đạt", 0),
        (76, 421, "chưa đạt", 177),  # 60 % of 421 is 252,6: 253 people
    ]
    assert (made.paid.numerator, made.paid.denominator) == (516, 1000)  # the province alone would hide the one
