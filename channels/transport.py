"""One HTTP transport for all providers, and an honest answer to "did it leave?".

    reply = await transport.post_json(url, body)
    Answer(status, body)   the provider answered; body is None when it was not JSON
    NotSent(code)          no connection was made: nothing left, safe to try again
    Lost(code)             the line died after the request may have left: nobody knows

Messages go as JSON by our own lines (line.py), at a fraction of aiohttp's work; what is seldom asked, forms, files
and queries, by aiohttp. URLs hold tokens, so neither they nor the libraries' error texts ever leave this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from channels.line import CONNECT_S, IDLE_S, MOST, LineLost, Lines, NoLine
from channels.outcome import Lost

ANSWER_TIMEOUT_S = 30
CONNECTIONS = 100  # of aiohttp's; more only queue up in the client (facts/measurements §6)


@dataclass(frozen=True)
class Answer:
    """What the provider said. ``body``: the parsed JSON, or None."""

    status: int
    body: Any


@dataclass(frozen=True)
class NotSent:
    """The request never left this machine."""

    code: str


Reply = Answer | NotSent | Lost


class Transport:
    """A pool of connections; make one per process and close it at the end."""

    def __init__(self, *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._answer_s = answer_timeout_s
        self._timeout = aiohttp.ClientTimeout(
            total=CONNECT_S + answer_timeout_s, connect=CONNECT_S, sock_read=answer_timeout_s
        )
        self._lines = Lines()
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The aiohttp session, made on first use inside the running loop."""
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_S)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def post_json(self, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """POST a JSON body."""
        try:
            status, raw = await self._lines.post(url, orjson.dumps(body), headers or {}, self._answer_s)
        except NoLine as error:
            return NotSent(str(error))
        except LineLost as error:
            return Lost(str(error))
        return _answer(status, raw)

    async def post_form(self, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """POST an urlencoded form."""
        return await self._request("POST", url, data=dict(fields), headers=headers)

    async def post_file(
        self, url: str, name: str, data: bytes, mime: str, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """POST one file as multipart, in the field ``file``."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type=mime)
        return await self._request("POST", url, data=form, headers=headers or {})

    async def get(self, url: str, query: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Reply:
        """GET with a query."""
        return await self._request("GET", url, params=dict(query), headers=headers)

    async def _request(self, method: str, url: str, **arguments: Any) -> Reply:
        try:
            async with self.session.request(method, url, allow_redirects=False, **arguments) as response:
                raw = b""
                async for part in response.content.iter_any():  # also what a small body unpacks to
                    raw += part
                    if len(raw) > MOST:
                        return Lost("TooLarge")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            return NotSent(type(error).__name__)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Lost(type(error).__name__)
        return _answer(response.status, raw)

    async def close(self) -> None:
        self._lines.close()
        if self._session is not None:
            await self._session.close()


class BotMethods:
    """A bot whose token stands in the path: Telegram's and Zalo's Bot Platform. ``base``: theirs or the sandbox's."""

    def __init__(self, transport: Transport, base: str, token: str) -> None:
        self._transport, self._url = transport, f"{base.rstrip('/')}/bot{token}/"

    async def call(self, method: str, **fields: Any) -> Reply:
        """One method of the bot's."""
        return await self._transport.post_json(self._url + method, fields)


def _answer(status: int, raw: bytes) -> Answer:
    try:
        return Answer(status, orjson.loads(raw))
    except orjson.JSONDecodeError:
        return Answer(status, None)
