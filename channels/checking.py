"""Does each channel work? One cheap question to every provider, and what our own rows say."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, select

from channels.errors import body_of, plain_trouble
from channels.outcome import Outcome
from channels.senders import build_senders, zalo_client
from channels.tables import Lane
from channels.telegram.client import TelegramClient
from channels.transport import Reply, Transport
from channels.zalo.errors import error_code
from channels.zalo_bot.client import ZaloBotClient
from register.home import Home

CHANNELS = ("zalo", "zbs", "telegram", "zalo_bot")


async def check(home: Home, transport: Transport) -> dict[str, dict[str, Any]]:
    """By channel: ``set_up``, ``off``, ``trouble``, ``held_until``, ``answers`` (None: not asked), and what it told."""
    rows = await home.db.aread(_rows)
    ready = {sender.channel for sender in build_senders(home, transport).values()}
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
            found[channel] |= await _ask(home, transport, channel)
    return found


def _rows(session: Session) -> dict[str, Lane]:
    return {lane.channel: lane for lane in session.exec(select(Lane))}


async def _ask(home: Home, transport: Transport, channel: str) -> dict[str, Any]:
    settings = home.settings
    if channel == "telegram":
        token = settings.telegram_token.get_secret_value()
        reply = await TelegramClient(transport, settings.telegram_api_base, token).call("getMe")
        return {"answers": bool(body_of(reply).get("ok"))}
    if channel == "zalo_bot":
        token = settings.zalo_bot_token.get_secret_value()
        reply = await ZaloBotClient(transport, settings.zalo_bot_base, token).call("getMe")
        return {"answers": bool(body_of(reply).get("ok"))}
    client = zalo_client(home, transport)
    assert client is not None
    if channel == "zalo":
        account = await client.account()
        known = body_of(account).get("data") or {}
        return {
            "answers": _good(home, account),
            "verified": known.get("is_verified"),
            "package": known.get("package_name"),
        }
    quota, quality = await client.zbs_quota(), await client.zbs_quality()
    left = (body_of(quota).get("data") or {}).get("remainingQuota")
    return {
        "answers": _good(home, quota),
        "left_today": left,
        "quality": (body_of(quality).get("data") or {}).get("oa7dayQuality"),
    }


def _good(home: Home, reply: Reply | Outcome) -> bool:
    return plain_trouble(reply, home.now()) is None and error_code(reply) == 0
