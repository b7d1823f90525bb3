"""A kept line is used again while it may be, and never hands one caller's answer to the next."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from channels.line import IDLE_S, LineLost, Lines, NoLine

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers each request as the test says; counts the connections."""

    def __init__(self) -> None:
        self.connections, self.seen, self.writers = 0, list[bytes](), list[asyncio.StreamWriter]()
        self.answer: Answer = self.say(OK)
        self.ended = asyncio.Event()
        self.url = ""

    def say(self, raw: bytes) -> Answer:
        async def answer(_request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(raw)

        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.seen.append(head + await reader.readexactly(length))
                await self.answer(self.seen[-1], writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            self.ended.set()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/x?a=1"
    yield made
    listening.close()


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    made = Lines()
    yield made
    made.close()


async def post(lines: Lines, server: Server, body: bytes = b"{}", answer_s: float = 5) -> tuple[int, bytes]:
    return await lines.post(server.url, body, {"access_token": "t"}, answer_s)


async def test_one_line_serves_many_requests(lines: Lines, server: Server) -> None:
    for _ in range(3):
        assert await post(lines, server) == (200, b"{}")
    assert server.connections == 1
    assert server.seen[0].startswith(b"POST /x?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\naccess_token: t\r\n" in server.seen[0]


async def test_an_answer_in_chunks_after_a_continue_is_read(lines: Lines, server: Server) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1\r\n \r\n0\r\n\r\n"
    server.answer = server.say(b"HTTP/1.1 100 Continue\r\n\r\n" + chunks)
    assert await post(lines, server) == (200, b"{} ")


async def test_a_line_that_the_server_ends_is_not_used_again(lines: Lines, server: Server) -> None:
    server.answer = server.say(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))
    await post(lines, server)
    await post(lines, server)
    assert server.connections == 2


async def test_what_comes_unasked_answers_nobody(lines: Lines, server: Server) -> None:
    await post(lines, server)
    server.writers[0].write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    await asyncio.wait_for(server.ended.wait(), 5)
    assert await post(lines, server) == (200, b"{}")
    assert server.connections == 2


async def test_a_late_answer_is_lost_and_its_line_is_gone(lines: Lines, server: Server) -> None:
    asked = asyncio.Event()

    async def never(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        asked.set()

    server.answer = never
    with pytest.raises(LineLost, match="TimeoutError"):
        await post(lines, server, answer_s=0.05)
    server.answer = server.say(OK)
    assert await post(lines, server) == (200, b"{}")
    assert server.connections == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + b"x" * 90,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"14\r\n%b\r\n" % (b"x" * 20) * 4 + b"0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Again: yes\r\n" * 9,
    ],
    ids=["one", "chunks", "head"],
)
async def test_an_answer_without_end_is_not_taken_in(
    lines: Lines, server: Server, monkeypatch: pytest.MonkeyPatch, raw: bytes
) -> None:
    monkeypatch.setattr("channels.line.MOST", 80)
    server.answer = server.say(raw)
    with pytest.raises(LineLost, match="TooLarge"):
        await post(lines, server)
    server.answer = server.say(OK)
    assert await post(lines, server) == (200, b"{}")
    assert server.connections == 2


async def test_who_stops_waiting_leaves_no_answer_for_the_next(lines: Lines, server: Server) -> None:
    asked = asyncio.Event()

    async def wait(_request: bytes, _writer: asyncio.StreamWriter) -> None:
        asked.set()

    server.answer = wait
    first = asyncio.create_task(post(lines, server))
    await asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    server.answer = server.say(OK.replace(b"{}", b"[]"))
    assert await post(lines, server) == (200, b"[]")
    assert server.connections == 2


async def test_rubbish_is_lost_not_an_answer(lines: Lines, server: Server) -> None:
    server.answer = server.say(b"no HTTP at all\r\n\r\n")
    with pytest.raises(LineLost):
        await post(lines, server)


async def test_a_line_that_rested_too_long_is_closed(lines: Lines, server: Server) -> None:
    await post(lines, server)
    for free in lines._free.values():
        free[0].free_since -= IDLE_S + 1
    await post(lines, server)
    assert server.connections == 2


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://127.0.0.1/x", {}),
        ("http:///x", {}),
        ("http://127.0.0.1:1/a b", {}),
        ("http://127.0.0.1:1/\r\nX: y", {}),
        ("http://127.0.0.1:1/x", {"access_token": "t\r\nX: y"}),
    ],
)
async def test_what_is_no_address_or_would_add_a_header_never_leaves(
    lines: Lines, url: str, headers: dict[str, str]
) -> None:
    with pytest.raises(NoLine, match="InvalidURL"):
        await lines.post(url, b"{}", headers, 5)


async def test_a_server_nobody_vouches_for_gets_nothing(lines: Lines, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name, day = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, day - timedelta(1), day + timedelta(1))
    file = tmp_path / "own.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(file)
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=own)
    with pytest.raises(NoLine, match="SSLCertVerificationError"):
        await lines.post(f"https://localhost:{listening.sockets[0].getsockname()[1]}/x", b"{}", {}, 5)
    assert server.seen == []
    listening.close()
