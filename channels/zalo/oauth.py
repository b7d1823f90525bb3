"""Zalo's rotating tokens: one refresh at a time, and the new pair is stored before it is used.

A refresh token works once. Two processes that refresh together would burn it, so the right to
refresh is taken in the database first (``claimed_until``), for longer than the HTTP timeout:
a shorter lock has lost tokens in the field (facts/channels §2). Any answer without an
``access_token`` is a failure, whatever its status or error number.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlmodel import Session, select

from channels.errors import LINE_DOWN_S, body_of, plain_trouble
from channels.outcome import Later, Outcome, Refused
from channels.tables import OAuthToken
from channels.transport import Transport
from database import insert_new
from register.home import Home

log = structlog.get_logger(__name__)

EARLY = timedelta(hours=5)  # access tokens live 25 h; renew before the last minute
CLAIM = timedelta(seconds=120)  # longer than the transport's total timeout
REST_AFTER_FAILURE = timedelta(minutes=10)  # a dead refresh token is not tried again at every message
LOOK_AGAIN_S = 0.5
ABOUT = "oauth"


@dataclass(frozen=True, repr=False)
class Pair:
    """What is sealed. ``seed``: the refresh token of the settings from which the pair descends."""

    access: str
    refresh: str
    seed: str
    dead: bool = False  # Zalo refused the refresh token


class Tokens:
    """The tokens of one Official Account, shared by every process of the home."""

    def __init__(self, home: Home, transport: Transport, lane: str = "zalo:main") -> None:
        self._home, self._transport, self._lane = home, transport, lane
        self._url = f"{home.settings.zalo_oauth_base.rstrip('/')}/v4/oa/access_token"
        self._known: tuple[str, datetime] = ("", home.now())  # the access token and its end
        self._lock = asyncio.Lock()

    async def access(self, stale: str = "") -> str | Outcome:
        """A valid access token; ``stale`` is one that Zalo has just refused.

        Where there is none, the Outcome of the message that wanted it: nothing was sent.
        """
        return await self._get(stale, timedelta(0))

    async def renew_early(self) -> None:
        """For the scheduler, twice a day: renew when less than EARLY is left."""
        await self._get("", EARLY)

    async def _get(self, stale: str, reserve: timedelta) -> str | Outcome:
        async with self._lock:
            waited_s = 0.0
            while waited_s < CLAIM.total_seconds():
                now = self._home.now()
                token, ends = self._known
                if token and token != stale and ends > now + reserve:
                    return token
                turn = await self._home.db.awrite(lambda session, at=now: self._turn(session, stale, reserve, at))  # type: ignore[misc]
                if isinstance(turn, Pair):
                    return await self._exchange(turn, now)
                if turn == "dead":
                    return Refused("config", "oauth")
                if turn == "wait":
                    await asyncio.sleep(LOOK_AGAIN_S)
                    waited_s += LOOK_AGAIN_S
            return Later(self._home.now() + timedelta(seconds=LINE_DOWN_S), "oauth")

    def _turn(
        self, session: Session, stale: str, reserve: timedelta, now: datetime
    ) -> Pair | Literal["good", "wait", "dead"]:
        """Whose turn it is: a Pair means that this process may refresh with it, alone."""
        seed = self._home.settings.zalo_refresh_token.get_secret_value()
        seal = self._home.keys.seal
        first = {"sealed": seal(asdict(Pair("", seed, seed)), ABOUT), "expires_at": now, "renewed_at": now}
        insert_new(session, OAuthToken, [{"lane": self._lane, **first}], ["lane"])
        row = session.execute(select(OAuthToken).where(OAuthToken.lane == self._lane).with_for_update()).scalar_one()
        pair = Pair(**self._home.keys.open(row.sealed, ABOUT))
        if seed and pair.seed != seed:  # the operator has put in a new one
            pair, row.expires_at, row.claimed_until = Pair("", seed, seed), now, None
            row.sealed = seal(asdict(pair), ABOUT)
        if pair.access and pair.access != stale and row.expires_at > now + reserve:
            self._known = (pair.access, row.expires_at)
            return "good"
        if row.claimed_until and row.claimed_until > now:
            return "dead" if pair.dead else "wait"
        row.claimed_until = now + CLAIM
        session.add(row)
        return pair

    async def _exchange(self, pair: Pair, now: datetime) -> str | Outcome:
        settings = self._home.settings
        fields = {"refresh_token": pair.refresh, "app_id": settings.zalo_app_id, "grant_type": "refresh_token"}
        headers = {"secret_key": settings.zalo_app_secret.get_secret_value()}
        reply = await self._transport.post_form(self._url, fields, headers)
        if plain_trouble(reply, now) is not None:
            await self._home.db.awrite(lambda session: self._keep(session, pair, now, ends=None, rest=None))
            log.warning("zalo.oauth.line_down")
            return Later(now + timedelta(seconds=LINE_DOWN_S), "oauth")
        body = body_of(reply)
        if not body.get("access_token") or not body.get("refresh_token"):
            dead, rest = replace(pair, dead=True), now + REST_AFTER_FAILURE
            await self._home.db.awrite(lambda session: self._keep(session, dead, now, ends=None, rest=rest))
            log.error("zalo.oauth.refused", error=body.get("error"))
            return Refused("config", "oauth")
        new = Pair(str(body["access_token"]), str(body["refresh_token"]), pair.seed)
        ends = now + timedelta(seconds=int(body.get("expires_in") or 3600))
        await self._home.db.awrite(lambda session: self._keep(session, new, now, ends=ends, rest=None))
        self._known = (new.access, ends)
        return new.access

    def _keep(
        self, session: Session, pair: Pair, now: datetime, *, ends: datetime | None, rest: datetime | None
    ) -> None:
        row = session.get_one(OAuthToken, self._lane)
        row.sealed, row.claimed_until = self._home.keys.seal(asdict(pair), ABOUT), rest
        if ends is not None:
            row.expires_at, row.renewed_at = ends, now
        session.add(row)
