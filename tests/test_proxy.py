"""nginx and Caddy with our files stand in front of `tungnha serve`, with a certificate made here: what people meet."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.sandbox.server import Sandbox
from console.serving import Serving
from register.home import open_home, utc_now
from register.staff import add_staff
from settings import Settings

ROOT = Path(__file__).parent.parent
PROGRAMS = {"nginx": shutil.which("nginx") or shutil.which("/usr/sbin/nginx"), "caddy": shutil.which("caddy")}
pytestmark = pytest.mark.slow
NAME, PASSWORD = "tungnha.example.gov.vn", "mật khẩu thử 2026"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path) -> None:
    """fullchain.pem and privkey.pem for NAME, signed by themselves."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(utc_now() - timedelta(days=1))
    made = made.not_valid_after(utc_now() + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    signed = made.sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))


@dataclass
class Front:
    """The outside of the house: two ports of the proxy, a client that knows the certificate, the log (of nginx)."""

    kind: str
    http: int
    https: int
    client: aiohttp.ClientSession
    log: Path
    sandbox: Sandbox

    def at(self, path: str) -> str:
        return f"https://{NAME}:{self.https}{path}"


class OnlyHere(aiohttp.abc.AbstractResolver):
    """Every name is this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        return [
            aiohttp.abc.ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        return None


def nginx_files(folder: Path, inner: str, http: int, https: int) -> list[str]:
    """Our file with ports and paths of this test; the command that runs it."""
    conf = (ROOT / "deploy" / "nginx" / "tungnha.conf").read_text("utf-8").replace("127.0.0.1:8000", inner)
    conf = re.sub(r"listen \[::\].*\n", "", conf)
    conf = conf.replace("listen 80;", f"listen 127.0.0.1:{http};").replace("listen 443", f"listen 127.0.0.1:{https}")
    conf = conf.replace("/etc/ssl/tungnha", str(folder)).replace("/var/log/nginx", str(folder))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    bodies = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    whole = f"daemon off; master_process off; pid {folder}/pid; events {{}}\nhttp {{ {bodies}\n{conf}\n}}\n"
    (folder / "nginx.conf").write_text(whole, "utf-8")
    command = [str(PROGRAMS["nginx"]), "-p", str(folder), "-e", str(folder / "e.log"), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr
    warned = [line for line in tried.stderr.splitlines() if "[warn]" in line]
    assert [line for line in warned if "http2" not in line] == []  # nginx 1.25 wants it said elsewhere, 1.22 here
    return command


def caddy_files(folder: Path, inner: str, http: int, https: int) -> list[str]:
    """The same for Caddy, with our certificate instead of one that it would fetch."""
    conf = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text("utf-8").replace("127.0.0.1:8000", inner)
    tls = f"\n\tbind 127.0.0.1\n\ttls {folder}/fullchain.pem {folder}/privkey.pem\n"
    conf = conf.replace(f"{NAME} {{\n", f"https://{NAME}:{https} {{{tls}")
    told = f"{{\n\tadmin off\n\thttp_port {http}\n\tauto_https disable_certs\n}}\n"
    (folder / "Caddyfile").write_text(told + conf, "utf-8")
    return [str(PROGRAMS["caddy"]), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@pytest.fixture(params=["nginx", "caddy"])
async def front(request: pytest.FixtureRequest, tmp_path: Path, ready_home: Path) -> AsyncIterator[Front]:
    if PROGRAMS[request.param] is None:
        pytest.skip(f"{request.param} is not installed here")
    certificate(tmp_path)
    sandbox, http, https = Sandbox(limits=False), free_port(), free_port()
    await sandbox.start()
    shutil.copytree(ready_home, tmp_path / "home")
    said = sandbox.settings() | {"sandbox_base": "", "staff_telegram_token": "", "second_step_roles": ""}
    home = open_home(Settings(home=tmp_path / "home", public_url=f"https://{NAME}:{https}", **said), migrate=False)
    home.db.write(lambda s: add_staff(s, "lan", "Nguyễn Thị Lan", "officer", "22945", PASSWORD, home.now()))
    async with Serving(home, port=0) as serving:
        files = {"nginx": nginx_files, "caddy": caddy_files}[request.param]
        command = await asyncio.to_thread(files, tmp_path, serving.address.removeprefix("http://"), http, https)
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        with (tmp_path / "out.log").open("w") as out:
            proxy = subprocess.Popen(command, env=environment, stderr=out)  # noqa: ASYNC220 — it returns at once
        try:
            trusted = ssl.create_default_context(cafile=str(tmp_path / "fullchain.pem"))
            line = aiohttp.TCPConnector(ssl=trusted, resolver=OnlyHere())
            async with aiohttp.ClientSession(connector=line, cookie_jar=aiohttp.CookieJar()) as client:
                async with asyncio.timeout(20):
                    while True:
                        try:
                            (await asyncio.open_connection("127.0.0.1", https))[1].close()
                            break
                        except OSError:
                            await asyncio.sleep(0.02)
                yield Front(request.param, http, https, client, tmp_path / "tungnha.log", sandbox)
        finally:
            proxy.terminate()
            await asyncio.to_thread(proxy.wait, 20)
    home.close()
    await sandbox.stop()


async def token(front: Front, path: str) -> str:
    async with front.client.get(front.at(path)) as answer:
        return (await answer.text()).split('name="ma_trang" value="')[1].split('"')[0]


async def sign_in(front: Front) -> aiohttp.ClientResponse:
    form = {"ten": "lan", "mat_khau": PASSWORD, "ma_trang": await token(front, "/dang-nhap")}
    return await front.client.post(front.at("/dang-nhap"), data=form, allow_redirects=False)


async def test_whoever_comes_without_tls_is_led_to_it(front: Front) -> None:
    plain = f"http://{NAME}:{front.http}/tien-do?bac=bank"
    async with front.client.get(plain, allow_redirects=False) as answer:
        assert answer.status in (301, 308)
        assert re.fullmatch(rf"https://{NAME}(:\d+)?/tien-do\?bac=bank", answer.headers["location"])


async def test_signing_in_gives_a_secure_cookie_and_every_page_says_https_only(front: Front) -> None:
    answer = await sign_in(front)
    assert answer.status == 303
    cookies = answer.headers.getall("set-cookie")
    assert cookies
    assert all(c.startswith("__Host-") and {"Secure", "HttpOnly"} <= {p.strip() for p in c.split(";")} for c in cookies)
    assert answer.headers.getall("strict-transport-security") == ["max-age=31536000"]
    async with front.client.get(front.at("/")) as page:
        assert page.status == 200
        assert "Hôm nay" in await page.text()
        assert "nginx/" not in page.headers["server"]


async def test_nobody_outside_can_say_that_he_came_otherwise(front: Front) -> None:
    """What a visitor writes into the headers of the proxy does not reach `serve`: the cookie stays secure."""
    lies = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1;proto=http"}
    async with front.client.get(front.at("/dang-nhap"), headers=lies) as answer:
        assert answer.headers["set-cookie"].startswith("__Host-")


async def test_a_large_list_comes_in_and_a_larger_one_is_refused_with_a_sentence(front: Front) -> None:
    await sign_in(front)
    rows = "Họ và tên,Số CCCD,Thôn\n" + "Nguyễn Thị Mai,060150100001,Thôn 1\n" * 150_000

    async def upload(body: bytes) -> tuple[int, str]:
        form = aiohttp.FormData({"ma_trang": await token(front, "/danh-sach/moi"), "ngay_chot": "01/11/2026"})
        form.add_field("tep", body, filename="ds.csv", content_type="text/csv")
        async with front.client.post(front.at("/danh-sach/moi"), data=form, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("location", "")

    assert len(rows.encode()) > 5_000_000
    status, location = await upload(rows.encode())
    assert (status, location.startswith("/danh-sach/")) == (303, True)
    assert (await upload(b"x" * 20_500_000))[0] == 413  # serve's own word
    assert (await upload(b"x" * 23_000_000))[0] == 413


async def test_webhooks_come_through_signed_ones_only_and_never_too_large(front: Front) -> None:
    hook = front.at("/hooks/telegram/main")
    good = {"X-Telegram-Bot-Api-Secret-Token": front.sandbox.settings()["telegram_webhook_secret"]}
    sender = {"id": 7, "is_bot": False, "first_name": "A"}
    body = {
        "update_id": 1,
        "message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": sender},
    }
    for headers, size, status in ((good, 1, 200), ({}, 1, 401), (good, 300_000, 413)):
        async with front.client.post(hook, json={**body, "pad": "x" * size}, headers=headers) as answer:
            assert answer.status == status


async def test_pages_that_ask_for_news_come_through_and_the_counts_stay_inside(front: Front) -> None:
    await sign_in(front)
    for _ in range(5):
        async with front.client.get(front.at("/"), headers={"HX-Request": "true"}) as answer:
            assert answer.status == 200
    async with front.client.get(front.at("/metrics")) as answer:
        assert answer.status == 404


async def test_the_log_shows_no_one_time_link_no_person_and_no_query(front: Front) -> None:
    if front.kind == "caddy":
        pytest.skip("it keeps no log")
    for path in ("/moi/BIMATBIMAT", "/nguoi/4711", "/tien-do?tim=Mai"):
        async with front.client.get(front.at(path), allow_redirects=False) as answer:
            await answer.read()
    said = front.log.read_text("utf-8")
    assert said.count("\n") == 3
    assert not re.search("BIMAT|4711|Mai|127.0.0.1", said)
