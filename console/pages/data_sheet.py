"""Hồ sơ dữ liệu cá nhân, for the lawyer: what is held, why, who sees it, how long, where it goes. Made of the code.

Tables and fields come from the schema, who may see from console.access, how long from register.retention, transfers
from the settings; console/data_sheet.yaml adds purposes and grounds, and a test refuses what is not named there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlsplit

import yaml
from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import SQLModel

from console.access import PAGES, ROLES
from console.assets import HERE
from console.web import Seen, render, see
from register import retention
from register.home import Home
from register.tables import Unit

router = APIRouter()


@router.get("/ho-so-du-lieu")
def data_sheet(request: Request, seen: Annotated[Seen, Depends(see("data_sheet"))]) -> Response:
    """The whole sheet on one page, to be printed and signed."""
    with seen.home.db.read() as session:
        province = session.get(Unit, seen.commune.parent) if seen.commune and seen.commune.parent else None
    page = {
        "identity": [(*line[:2], told()["bases"][line[2]]) for line in told()["identity"].values()],
        "groups": groups(),
        "fields": [(*line[:2], told()["bases"][line[2]], line[3]) for line in told()["fields"]],
        "plain": told()["plain"],
        "kept": retention.words(seen.home),
        "transfers": transfers(seen.home),
        "province": province.name if province else "",
        "encrypted": sorted(sealed()),
    }
    return render(request, "data_sheet.html", seen, at="data_sheet", **page)


@lru_cache
def told() -> dict[str, Any]:
    """What data_sheet.yaml says."""
    found: dict[str, Any] = yaml.safe_load((HERE / "data_sheet.yaml").read_text("utf-8"))
    return found


def groups() -> list[dict[str, Any]]:
    """Each group, and the roles that may open its pages."""
    found = []
    for group in told()["groups"]:
        roles = [role for role in ROLES if any(role in PAGES[page].see for page in group["pages"])]
        found.append(group | {"ground": told()["bases"][group["basis"]], "roles": roles})
    return found


def named() -> list[str]:
    """table.column of everything that the sheet names, whether it says something of a person or not."""
    plain = [f"{table}.{column}" for table, columns in told()["plain"].items() for column in columns]
    return [column for line in told()["fields"] for column in line[3]] + plain


def sealed() -> set[str]:
    """table.column of everything that lies encrypted."""
    return {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name == "sealed"
    }


def transfers(home: Home) -> list[tuple[str, str, str, bool]]:
    """(to whom, by which server, what goes there, whether it is set up here) of everything that leaves the house."""
    s = home.settings
    chat = "mã tài khoản chat, lời đã gửi; không có số định danh, diện hưởng, số tiền"
    return [
        ("Zalo (Việt Nam)", _host(s.zalo_openapi_base), chat, bool(s.zalo_app_id)),
        ("Zalo, tin mẫu theo số máy (Việt Nam)", _host(s.zalo_business_base),
         "số điện thoại, tên gọi khi biết chắc máy của ai, giờ và nơi làm", bool(s.zalo_template_id)),
        ("Zalo Bot (Việt Nam)", _host(s.zalo_bot_base), chat, bool(s.zalo_bot_token.get_secret_value())),
        ("Telegram (nước ngoài)", _host(s.telegram_api_base), chat, bool(s.telegram_token.get_secret_value())),
        ("Telegram của cán bộ (nước ngoài)", _host(s.telegram_api_base), "số việc đang chờ; không có gì của người dân",
         bool(s.staff_telegram_token.get_secret_value())),
        ("Google, đọc bản tin thành tiếng (nước ngoài)", _host(s.gtts_base) or "translate.google.com",
         "lời bản tin chung; không có tên ai", s.voice in ("auto", "gtts")),
    ]  # fmt: skip


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""
