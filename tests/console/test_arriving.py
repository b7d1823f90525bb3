"""While a list is coming in, every page, figure and plan is as it was before."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from campaigns.campaigns import campaign_named, moment_for
from campaigns.engine.plan import plan_query, who_for_step
from campaigns.rehearsal import rehearse
from campaigns.reports.reports import monthly
from campaigns.results.history import everyone
from campaigns.results.trend import trend
from register import importing, lists
from register.importing import SourceInfo, import_list

HERE = "22945"
PAGES = ("/", "/tien-do", "/nguoi", "/danh-sach", "/dot-van-dong", "/bao-cao", "/viec", "/phieu-den-nha",
         "/buoi-ho-tro", "/ket-qua", "/dia-ban", "/de-nghi")  # fmt: skip
CHANGES = re.compile(r'(name="ma_trang" value="|nonce-)[^"]*"')  # a token of each page


def test_pages_figures_and_plans_stay_while_a_list_comes_in(
    browse: Callable[[str], Any], village: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, officer = village.home, browse("officer")
    monkeypatch.setattr(importing, "parts_apart", lambda work, *args: work(*args))
    monkeypatch.setattr(lists, "PART_PEOPLE", 10)
    file = tmp_path / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        head = ["Họ và tên", "Số CCCD", "Số điện thoại", "Thôn", "Loại đối tượng", "NQ 418", "Tài khoản ASXH", "Mức 2",
                "Tài khoản ngân hàng"]  # fmt: skip
        row = ["Lê Thị Mới", "", "", "Khu phố 9", "Thương binh", "x", "chưa", "x", "x"]
        people = [[*row[:1], f"060150{n:06d}", f"0912{n:06d}", *row[3:]] for n in range(1, 60)]
        csv.writer(out).writerows([head, *people])

    def look() -> list[Any]:
        pages = {}
        for path in PAGES:
            answer = officer.get(path)
            assert answer.status_code == 200, path
            pages[path] = CHANGES.sub("", answer.text)
        with home.db.read() as session:
            campaign = campaign_named(session, "Đợt tháng 12", HERE)
            now = moment_for(session, home, campaign, home.now())
            return [
                pages,
                [repr(one) for one in everyone(session, HERE)],
                trend(session, HERE, "asxh", home.now().date()),
                rehearse(session, home, campaign, home.now()).rows,
                session.execute(plan_query(campaign, now, who_for_step(campaign, now))).all(),
                repr(monthly(session, HERE, 2026, 11, home.now())),
            ]

    before, looks = look(), []

    def meanwhile(done: int, total: int) -> None:
        if total - 40 < done < total and len(looks) < 2:
            looks.append(look())

    import_list(home, file, HERE, source=SourceInfo(date(2026, 11, 10)), by="lan", progress=meanwhile)
    assert len(looks) == 2
    for found in looks:
        assert found == before
    after = look()
    assert "Khu phố 9" in after[0]["/tien-do"]
    assert len(after[1]) == len(before[1]) + 59
    assert len(after[3]) > len(before[3])
