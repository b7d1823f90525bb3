"""Does each channel work? One cheap question to every provider, and what our own rows say."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, select

from channels.errors import body_of, plain_trouble
from channels.outcome import Outcome
from channels.senders import Sender, TelegramSender, ZaloBotSender, ZaloSender, ZbsSender, build_senders
from channels.tables import Lane
from channels.transport import Reply, Transport
from channels.zalo.errors import error_code
from register.home import Home

CHANNELS = ("zalo", "zbs", "telegram", "zalo_bot")


async def check(home: Home, transport: Transport) -> dict[str, dict[str, Any]]:
    """By channel: ``set_up``, ``off``, ``trouble``, ``held_until``, ``answers`` (None: not asked), and what it told."""
    rows = await home.db.aread(_rows)
    ready = {sender.channel: sender for sender in build_senders(home, transport).values()}
    found: dict[str, dict[str, Any]] = {}
    for channel in CHANNELS:
        row = rows.get(channel)
        found[channel] = {
            "set_up": channel in ready,
            "off": bool(row and row.off),
            "trouble": row.trouble if row else "",
            "held_until": row.not_before.isoformat() if row and row.not_before else None,
            "answers": None,
        }
        if channel in ready:
            found[channel] |= await _ask(home, ready[channel])
    return found


def check_words(found: dict[str, dict[str, Any]]) -> str:
    """What ``check`` found, a line for each channel."""
    lines = []
    for channel, state in found.items():
        words = ["chưa thiết lập" if not state["set_up"] else "trả lời tốt" if state["answers"] else "không trả lời"]
        words += ["đang tắt"] if state["off"] else []
        words += [f"vướng: {state['trouble']}"] if state["trouble"] else []
        words += [f"còn {state['left_today']} tin hôm nay"] if state.get("left_today") is not None else []
        lines.append(f"{channel:<10} {', '.join(words)}")
    return "\n".join(lines)


def _rows(session: Session) -> dict[str, Lane]:
    return {lane.channel: lane for lane in session.exec(select(Lane))}


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


def _good(home: Home, reply: Reply | Outcome) -> bool:
    return plain_trouble(reply, home.now()) is None and error_code(reply) == 0
