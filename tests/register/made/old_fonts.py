"""Old fonts: TCVN3, VNI, and marks that stand apart from their letters."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

from made.formats import plain_people, plain_rows
from made.making import IDS, NAMES, case, must, person, text, xlsx
from old_formats import write_xls

TCVN3 = [
    ["TT", "Hä vµ tªn", "N¨m sinh", "Sè CMND/CCCD", "Th«n", "Lo¹i ®èi t­îng", "Tµi kho¶n ASXH"],
    [1, "NguyÔn V¨n B×nh", 1946, IDS[0], "Th«n §«ng", "Th­¬ng binh", "Cã"],
    [2, "TrÇn ThÞ Nga", 1939, IDS[1], "Th«n §«ng", "Ng­êi khuyÕt tËt nÆng", "Ch­a"],
    [3, "Vâ ThÞ Hoµ", 1951, IDS[2], "Th«n §oµi", "Ng­êi khuyÕt tËt nÆng", "Ch­a râ"],
    [4, "Lª Hai", 1958, IDS[3], "Th«n §oµi", "Th­¬ng binh", ""],
    ["", "Céng: 4 ng­êi"],
    ["", "Ng­êi lËp biÓu", "", "", "Chñ tÞch"],
]
OLD = [
    ("Nguyễn Văn Bình", "1946", "Thôn Đông", "Thương binh", True),
    ("Trần Thị Nga", "1939", "Thôn Đông", "Người khuyết tật nặng", False),
    ("Võ Thị Hoà", "1951", "Thôn Đoài", "Người khuyết tật nặng", None),
    ("Lê Hai", "1958", "Thôn Đoài", "Thương binh", False),
]
VNI = [
    ["TT", "Hoï vaø teân", "Naêm sinh", "Soá CMND/CCCD", "Thoân", "Loaïi ñoái töôïng", "Taøi khoaûn ASXH"],
    [1, "Nguyeãn Vaên Bình", 1946, IDS[0], "Thoân Ñoâng", "Thöông binh", "Coù"],
    [2, "Traàn Thò Nga", 1939, IDS[1], "Thoân Ñoâng", "Ngöôøi khuyeát taät naëng", "Chöa"],
    [3, "Voõ Thò Hoaø", 1951, IDS[2], "Thoân Ñoaøi", "Ngöôøi khuyeát taät naëng", "Chöa roõ"],
    [4, "Leâ Hai", 1958, IDS[3], "Thoân Ñoaøi", "Thöông binh", ""],
    ["", "Coäng: 4 ngöôøi"],
]


def old_people() -> list[dict[str, Any]]:
    return [
        person(n, full_name=name, birth=year, hamlet=hamlet, categories=[category], asxh=asxh)
        for n, (name, year, hamlet, category, asxh) in enumerate(OLD)
    ]


@case("tcvn3.xls")
def _(file: Path) -> dict[str, Any]:
    write_xls(file, {"Sheet1": TCVN3})
    return must(old_people())


@case("tcvn3.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, TCVN3, ";", "latin-1")
    return must(old_people())


@case("vni.xlsx")
def _(file: Path) -> dict[str, Any]:
    xlsx(file, {"Sheet1": VNI})
    return must(old_people())


@case("vni.csv")
def _(file: Path) -> dict[str, Any]:
    text(file, VNI, ",", "cp1252")
    return must(old_people())


@case("unicode_with_some_tcvn3.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [
        ["Họ và tên", "CCCD"],
        *([NAMES[i], IDS[i]] for i in range(4)),
        *([TCVN3[n][1], IDS[n + 3]] for n in (1, 2, 3)),
    ]
    xlsx(file, {"Sheet1": rows})
    return must([person(i) for i in range(4)] + [person(n + 3, full_name=OLD[n - 1][0]) for n in (1, 2, 3)])


@case("decomposed.xlsx")
def _(file: Path) -> dict[str, Any]:
    rows = [[unicodedata.normalize("NFD", c) if isinstance(c, str) else c for c in row] for row in plain_rows(8)]
    rows = [[c.replace(" ", "\u00a0", 1) + "\u200b" if isinstance(c, str) else c for c in row] for row in rows]
    xlsx(file, {"Sheet1": rows})
    return must(plain_people(8))
