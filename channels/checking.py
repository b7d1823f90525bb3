"""Does each channel work? One cheap question to every provider, and what our own rows say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from channels.errors import body_of, plain_trouble
from channels.outcome import Outcome
from channels.senders import Sender, TelegramSender, ZaloBotSender, ZaloSender, ZbsSender, build_senders
from channels.tables import Lane, OAuthToken
from channels.transport import Reply, Transport
from channels.zalo.errors import error_code
from register.home import Home

CHANNELS = ("zalo", "zbs", "telegram", "zalo_bot")
BY_TOKEN = ("zalo", "zbs")  # both go by Zalo's rotating pair
ANSWER_S = 10.0
WHAT_TO_DO = {  # by what stands in ``trouble``
    "oauth": "Zalo không nhận khóa gia hạn nữa. Chủ Official Account cần nối lại một lần: tungnha channel link.",
    "config": "Nhà cung cấp từ chối thiết lập: hãy xem lại mã, quyền và mẫu tin, rồi bật lại kênh.",
    "billing": "Tài khoản trả tiền đã hết: hãy nạp thêm, rồi bật lại kênh.",
}
NEW_SANDBOX = (
    " Với kênh thử: sandbox đã mở lại từ đầu; hãy chép lại TUNGNHA_ZALO_REFRESH_TOKEN mà nó in ra, rồi mở lại serve."
)


def states(session: Session, home: Home, ready: Iterable[str], now: datetime) -> dict[str, dict[str, Any]]:
    """By channel, without asking anybody: ``set_up``, ``off``, ``trouble`` and what to ``do`` about it,
    ``held_until`` (campaigns), ``rest_until`` (answers too), ``token_ends``, ``answers`` None. ``ready``: set up."""
    rows = {lane.channel: lane for lane in session.exec(select(Lane))}
    token = session.get(OAuthToken, "zalo:main")
    found: dict[str, dict[str, Any]] = {}
    for channel in CHANNELS:
        row = rows.get(channel)
        trouble = row.trouble if row else ""
        new_sandbox = NEW_SANDBOX if trouble == "oauth" and home.settings.sandbox_base else ""
        found[channel] = {
            "set_up": channel in ready,
            "off": bool(row and row.off),
            "trouble": trouble,
            "do": WHAT_TO_DO.get(trouble, "") + new_sandbox,
            "held_until": _still(row.not_before if row else None, now),
            "rest_until": _still(row.rest_until if row else None, now),
            "token_ends": token.expires_at.isoformat() if token and channel in BY_TOKEN else None,
            "answers": None,
        }
    return found


async def check(home: Home, transport: Transport) -> dict[str, dict[str, Any]]:
    """``states``, and each provider asked once, side by side: whether it ``answers``, and what it told."""
    ready = {sender.channel: sender for sender in build_senders(home, transport).values()}
    told = dict(zip(ready, await asyncio.gather(*(_ask_soon(home, one) for one in ready.values())), strict=True))
    # read afterwards: to ask Zalo may renew its token, or find that it is dead
    found = await home.db.aread(lambda session: states(session, home, ready, home.now()))
    return {channel: state | told.get(channel, {}) for channel, state in found.items()}


def check_words(found: dict[str, dict[str, Any]]) -> str:
    """What ``check`` found, a line for each channel."""
    lines = []
    for channel, state in found.items():
        words = ["chưa thiết lập" if not state["set_up"] else "trả lời tốt" if state["answers"] else "không trả lời"]
        words += ["đang tắt"] if state["off"] else []
        words += [f"vướng: {state['trouble']}"] if state["trouble"] else []
        words += [f"còn {state['left_today']} tin hôm nay"] if state.get("left_today") is not None else []
        lines.append(f"{channel:<10} {', '.join(words)}")
        lines += [f"{'':<10} {state['do']}"] if state["do"] else []
    return "\n".join(lines)


def _still(until: datetime | None, now: datetime) -> str | None:
    return until.isoformat() if until is not None and until > now else None


async def _ask_soon(home: Home, sender: Sender) -> dict[str, Any]:
    try:
        async with asyncio.timeout(ANSWER_S):
            return await _ask(home, sender)
    except TimeoutError:
        return {"answers": False}


async def _ask(home: Home, sender: Sender) -> dict[str, Any]:
    match sender:
        case TelegramSender(client=client) | ZaloBotSender(client=client):
            return {"answers": bool(body_of(await client.call("getMe")).get("ok"))}
        case ZaloSender(client=zalo):
            account = await zalo.account()
            known = body_of(account).get("data") or {}
            return {
                "answers": _good(home, account),
                "verified": known.get("is_verified"),
                "package": known.get("package_name"),
            }
        case ZbsSender(client=zalo):
            quota, quality = await zalo.zbs_quota(), await zalo.zbs_quality()
            return {
                "answers": _good(home, quota),
                "left_today": (body_of(quota).get("data") or {}).get("remainingQuota"),
                "quality": (body_of(quality).get("data") or {}).get("oa7dayQuality"),
            }
    return {}


async def reviews(home: Home, transport: Transport, templates: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What Zalo says of each template: (ENABLE | PENDING_REVIEW | REJECT | DISABLE, its reason where it gives one).

    One that it says nothing of, or all of them where no Zalo is set up, is not there.
    """
    zbs = next((one for one in build_senders(home, transport).values() if isinstance(one, ZbsSender)), None)
    found: dict[str, tuple[str, str]] = {}
    if zbs is None:
        return found
    try:
        async with asyncio.timeout(ANSWER_S):
            for number in templates:
                told = await zbs.client.template_info(number)
                known = body_of(told).get("data") or {}
                if _good(home, told) and known.get("status"):
                    found[number] = (str(known["status"]), str(known.get("reason") or ""))
    except TimeoutError:
        pass  # what was told until then
    return found


def _good(home: Home, reply: Reply | Outcome) -> bool:
    return plain_trouble(reply, home.now()) is None and error_code(reply) == 0
