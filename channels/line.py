"""Kept-alive HTTP/1.1 lines for what is posted a million times: one request at a time on each.

    lines = Lines()
    status, body = await lines.post(url, body, {"access_token": "…"}, answer_s=30)

aiohttp's client makes some twenty objects a request; with the server's answer parsed by httptools and nothing else
made, the same request costs a sixth (``tungnha bench dispatch``). What bulk does not need is not here: redirects,
cookies, proxies, compression; an answer must tell its length or come in chunks.

Not the caller's fault, but to be told apart (the ledger stands on it):
    NoLine     no connection was made: nothing left this machine
    LineLost   the line died, or nothing came, after the request may have left
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

import aiohappyeyeballs
import httptools

CONNECT_S = 10  # finding the address, connecting, TLS
EYEBALLS_S = 0.25  # RFC 8305: so long before the next of a host's addresses is tried beside the first
MOST = 4 * 2**20  # bytes of an answer with its head: a hundred of Telegram's longest updates are far below
IDLE_S = 15  # shorter than any provider's, so that a stale line is rarely written to

Origin = tuple[str, int, bool]  # host, port, TLS


class NoLine(Exception):
    """The request never left."""


class LineLost(Exception):
    """The request may have left; no answer came."""


class _Line(asyncio.Protocol):
    """One connection. Its parser calls the ``on_…`` methods."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.open = True
        self.free_since = 0.0
        self._parser: Any = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._body: list[bytes] = []
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is of no such class

    def ask(self, request: bytes, answer: asyncio.Future[tuple[int, bytes]]) -> None:
        self._answer = answer
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        try:
            if self._answer is None:  # nobody asked: some servers say good-bye like this
                self.close()
                return
            self._size += len(data)
            if self._size > MOST:
                self._body.clear()
                self.close("TooLarge")  # the request left: nobody knows
                return
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.close(type(error).__name__)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        status, body = self._parser.get_status_code(), b"".join(self._body)
        self._body.clear()
        self._size = 0
        if status < 200 or self._answer is None:  # 1xx: the answer is still to come
            return
        if not self._parser.should_keep_alive():
            self.open = False
        answer, self._answer = self._answer, None
        if not answer.done():
            answer.set_result((status, body))

    def connection_lost(self, error: Exception | None) -> None:
        self.close(type(error).__name__ if error else "closed")

    def close(self, why: str = "closed") -> None:
        """Never used again; whoever waits is told that nobody knows."""
        self.open = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(LineLost(why))
        self.transport.abort()


class Lines:
    """The lines of one process, kept by origin and used again, the newest first."""

    def __init__(self) -> None:
        self._free: dict[Origin, list[_Line]] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], answer_s: float) -> tuple[int, bytes]:
        """POST JSON; status and body of the answer. Raises NoLine or LineLost."""
        origin, head = _head(url, tuple(headers.items()))
        line = self._take(origin) or await self._connect(origin)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[int, bytes]] = loop.create_future()
        line.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), answer)
        timer = loop.call_later(answer_s, line.close, "TimeoutError")
        try:
            found = await answer
        except BaseException:  # also when nobody waits any more: the next one must not get this answer
            line.close()
            raise
        finally:
            timer.cancel()
        if line.open:
            line.free_since = loop.time()
            self._free.setdefault(origin, []).append(line)
        else:
            line.close()
        return found

    def _take(self, origin: Origin) -> _Line | None:
        free = self._free.get(origin, [])
        while free:
            line = free.pop()
            if line.open and line.free_since > asyncio.get_running_loop().time() - IDLE_S:
                return line
            line.close()
        return None

    async def _connect(self, origin: Origin) -> _Line:
        host, port, tls = origin
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                sock = await aiohappyeyeballs.start_connection(found, happy_eyeballs_delay=EYEBALLS_S, interleave=1)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                names: dict[str, Any] = {"ssl": self._tls, "server_hostname": host} if tls else {}
                _, line = await loop.create_connection(_Line, sock=sock, **names)
        except (OSError, UnicodeError) as error:  # TimeoutError and what TLS refuses are OSErrors too
            raise NoLine(type(error).__name__) from None
        return line

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def close(self) -> None:
        """Close what is kept; what is under way is lost."""
        for free in self._free.values():
            for line in free:
                line.close()
        self._free.clear()


@lru_cache(maxsize=64)
def _head(url: str, headers: tuple[tuple[str, str], ...]) -> tuple[Origin, bytes]:
    """Where to, and the request's first lines, up to the number of its body's bytes."""
    try:
        parts = urlsplit(url)
        tls = {"https": True, "http": False}[parts.scheme]
        host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    except (ValueError, KeyError):
        raise NoLine("InvalidURL") from None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers]
    if not host or " " in target or any(not line.isascii() or not line.isprintable() for line in lines):
        raise NoLine("InvalidURL")
    return (host, port, tls), "\r\n".join([*lines, "Content-Length: "]).encode()
