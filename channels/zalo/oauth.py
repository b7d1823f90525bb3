"""Zalo's rotating tokens: one refresh at a time, and the new pair is stored before it is used.

A refresh token works once. Two processes that refresh together would burn it, so the right to
refresh is taken in the database first (``claimed_until``), for longer than the HTTP timeout:
a shorter lock has lost tokens in the field (facts/channels §2). Any answer without an
``access_token`` is a failure, whatever its status or error number.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session, select

from channels import lanes
from channels.errors import LINE_DOWN_S, body_of, number_of, plain_trouble
from channels.outcome import Later, Outcome, Refused
from channels.tables import OAuthToken
from channels.transport import Transport
from database import away, insert_new
from register.home import Home

log = structlog.get_logger(__name__)

EARLY = timedelta(hours=5)  # access tokens live 25 h; renew before the last minute
CLAIM = timedelta(seconds=120)  # longer than the transport's total timeout
REST_AFTER_FAILURE = timedelta(minutes=10)  # a dead refresh token is not tried again at every message
LOOK_AGAIN_S = 0.5
SHORT_LIFE_S, LONGEST_LIFE_S = 3_600, 90 * 86_400  # where a token's life is not told, or cannot be meant
# the old refresh token is spent: the new pair must be stored, even while a database is away for an hour
STORE_TRIES, STORE_REST_S = 720, 5.0
ABOUT = "oauth"
LANES = ("zalo:main", "zbs:main")  # both go by the same token
TROUBLE = "oauth"

DEAD = Gauge("tungnha_zalo_token_dead", "1: Zalo refused the refresh token, a person must link the account again")


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

    def verifier(self) -> str:
        """The PKCE verifier of this home: 43 characters, always the same, so that its challenge may also be
        saved in Zalo's console, where the link is made (facts/channels §2: both ways are told)."""
        raw = self._home.keys.lookup("zalo_verifier", self._home.settings.zalo_app_id)
        return _base64url(hashlib.sha256(raw).digest())

    def challenge(self) -> str:
        """What Zalo is told beforehand of ``verifier``."""
        return _base64url(hashlib.sha256(self.verifier().encode()).digest())

    def link(self, redirect_uri: str) -> str:
        """The page on which the account's owner lets the app in; it leads back to ``redirect_uri``?code=…"""
        query = {"app_id": self._home.settings.zalo_app_id, "redirect_uri": redirect_uri}
        query |= {"code_challenge": self.challenge(), "state": "tungnha"}
        return f"{self._home.settings.zalo_oauth_base.rstrip('/')}/v4/oa/permission?{urlencode(query)}"

    async def use_code(self, code: str) -> bool:
        """The first pair, for the code of the page. False: Zalo did not take it (ten minutes, once)."""
        settings, now = self._home.settings, self._home.now()
        fields = {"code": code, "app_id": settings.zalo_app_id, "grant_type": "authorization_code"}
        body = await self._ask(fields | {"code_verifier": self.verifier()}, now) or {}
        pair = self._pair_of(body, settings.zalo_refresh_token.get_secret_value())
        if pair is None:
            return False
        row = {"lane": self._lane, "sealed": b"", "expires_at": now, "renewed_at": now}
        await self._home.db.awrite(lambda session: insert_new(session, OAuthToken, [row], ["lane"]))
        await self._store(pair, now, ends=_end_of(body, now), rest=None)
        return True

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
                try:
                    turn = await self._home.db.awrite(lambda session, at=now: self._turn(session, stale, reserve, at))  # type: ignore[misc]
                except DBAPIError as error:
                    if not away(error):
                        raise
                    return Later(now + timedelta(seconds=LINE_DOWN_S), "database")
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
        body = await self._ask(fields, now)
        if body is None:
            await self._store(pair, now, ends=None, rest=None)
            log.warning("zalo.oauth.line_down")
            return Later(now + timedelta(seconds=LINE_DOWN_S), "oauth")
        new = self._pair_of(body, pair.seed)
        if new is None:
            await self._store(replace(pair, dead=True), now, ends=None, rest=now + REST_AFTER_FAILURE)
            log.error("zalo.oauth.refused", error=body.get("error"))
            return Refused("config", "oauth")
        await self._store(new, now, ends=_end_of(body, now), rest=None)
        return new.access

    async def _ask(self, fields: dict[str, str], now: datetime) -> dict[str, Any] | None:
        """What Zalo answers; None when the line or the server was down."""
        headers = {"secret_key": self._home.settings.zalo_app_secret.get_secret_value()}
        reply = await self._transport.post_form(self._url, fields, headers)
        return None if plain_trouble(reply, now) is not None else body_of(reply)

    def _pair_of(self, body: dict[str, Any], seed: str) -> Pair | None:
        if not body.get("access_token") or not body.get("refresh_token"):
            return None
        return Pair(str(body["access_token"]), str(body["refresh_token"]), seed)

    async def _store(self, pair: Pair, now: datetime, *, ends: datetime | None, rest: datetime | None) -> None:
        """Keep the pair, then use it. What cannot be stored now is tried again: it is all that we have."""
        for attempt in range(1, STORE_TRIES + 1):
            try:
                await self._home.db.awrite(lambda session: self._keep(session, pair, now, ends=ends, rest=rest))
                break
            except SQLAlchemyError as error:
                log.error("zalo.oauth.not_stored", error=type(error).__name__, attempt=attempt)
                if attempt == STORE_TRIES:
                    raise
                await asyncio.sleep(min(LOOK_AGAIN_S * attempt, STORE_REST_S))
        if ends is not None:
            self._known = (pair.access, ends)

    def _keep(
        self, session: Session, pair: Pair, now: datetime, *, ends: datetime | None, rest: datetime | None
    ) -> None:
        row = session.get_one(OAuthToken, self._lane)
        row.sealed, row.claimed_until = self._home.keys.seal(asdict(pair), ABOUT), rest
        if ends is not None:
            row.expires_at, row.renewed_at = ends, now
        session.add(row)
        DEAD.set(pair.dead)
        for lane in LANES:
            if pair.dead:
                lanes.alarm(session, lane, TROUBLE)
            elif ends is not None:
                lanes.calm(session, lane, TROUBLE)


def is_linked(session: Session, lane: str = LANES[0]) -> bool:
    """Whether a pair was stored: the settings need no refresh token then."""
    return session.get(OAuthToken, lane) is not None


def _end_of(body: dict[str, Any], now: datetime) -> datetime:
    """When the new token ends: whatever stands there, the pair must be kept, for the old one is spent."""
    lives = number_of(body.get("expires_in")) or 0
    return now + timedelta(seconds=lives if 0 < lives <= LONGEST_LIFE_S else SHORT_LIFE_S)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
