"""Formats: one list in every format and encoding that a file may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from made.making import IDS, MOTTO, NAMES, PHONES, SIGNED, YEARS, Row, case, must, person, text
from old_formats import write_ods, write_xls

HEAD = ["TT", "Họ và tên", "Năm sinh", "Số CCCD", "Số điện thoại", "Thôn", "Tài khoản ASXH"]


def plain_rows(n: int = 5) -> list[Row]:
    return [HEAD] + [
        [i + 1, NAMES[i], YEARS[i], IDS[i], PHONES[i], f"Thôn {i % 2 + 1}", "x" if i % 2 else None] for i in range(n)
    ]


def plain_people(n: int = 5) -> list[dict[str, Any]]:
    return [person(i, birth=YEARS[i], phone=PHONES[i], hamlet=f"Thôn {i % 2 + 1}", asxh=bool(i % 2)) for i in range(n)]


@case("xls.xls")
def _(file: Path) -> dict[str, Any]:
    rows = [[*row[:3], int(row[3]) if str(row[3]).isdigit() else row[3], *row[4:]] for row in plain_rows()]
    write_xls(file, {"Danh sách": [*MOTTO, *rows, *SIGNED]})
    return must(plain_people())


@case("ods.ods")
def _(file: Path) -> dict[str, Any]:
    rows = [[*row[:3], int(row[3]) if str(row[3]).isdigit() else row[3], *row[4:]] for row in plain_rows()]
    write_ods(file, {"Danh sách": [*MOTTO, *rows, *SIGNED]})
    return must(plain_people())


@case("semicolon.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, [*MOTTO, *plain_rows(), [None, "Cộng: 5 người"], *SIGNED], ";", "utf-8-sig")
    return must(plain_people())


@case("comma_in_quotes.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["Họ, tên", "CCCD", "Địa chỉ"]] + [
        [NAMES[i], IDS[i], f'Số {i}, "hẻm" 2, thôn Đông, xã Hòa Bình'] for i in range(3)
    ]
    text(file, rows, ",", "utf-8")
    return must([person(i, hamlet="Thôn Đông") for i in range(3)])


@case("tabs.tsv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), "\t", "utf-8")
    return must(plain_people())


@case("utf16.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), "\t", "utf-16")
    return must(plain_people())


@case("utf16_without_mark.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), ";", "utf-16-le")
    return must(plain_people())


@case("windows1258.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(8), ";", "cp1258")
    return must(plain_people(8))


@case("text_called_xls.xls")
def _(file: Path) -> dict[str, Any]:
    text(file, plain_rows(), "\t", "utf-16")
    return must(plain_people())


@case("opened_as_latin.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [[_latin(cell) if isinstance(cell, str) else cell for cell in row] for row in plain_rows()]
    text(file, rows, ";", "utf-8")
    return must(plain_people())


def _latin(words: str) -> str:
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in words.encode())


@case("excel_keeps_zeros.csv")
def _(file: Path) -> dict[str, Any]:
    rows = [["sep=;"], ["Họ tên", "Số CCCD", "SĐT"]] + [[NAMES[i], f'="{IDS[i]}"', f'="{PHONES[i]}"'] for i in range(3)]
    text(file, rows, ";", "utf-8-sig")
    return must([person(i, phone=PHONES[i]) for i in range(3)])
