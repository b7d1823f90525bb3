"""`make audit`: what is known against a pinned package fails, unless it is recorded; silence is told loudly."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LOCK = (
    "first==1.0 \\\n    --hash=sha256:aa\nSecond_one[all]==2.5.1 ; sys_platform != 'win32' \\\n    --hash=sha256:bb\n"
)


@dataclass
class Advisories:
    """A server that answers as OSV does. ``known``: package → advisories; ``broken``: what it says instead."""

    known: dict[str, list[str]] = field(default_factory=dict)
    broken: bytes = b""
    asked: list[Any] = field(default_factory=list)

    def answer(self, body: bytes) -> bytes:
        queries = json.loads(body)["queries"]
        self.asked.append(queries)
        results = []
        for query in queries:
            left = self.known.get(query["package"]["name"], [])
            at = int(query.get("page_token", 0))
            more = {"next_page_token": str(at + 1)} if at + 1 < len(left) else {}
            results.append({"vulns": [{"id": name} for name in left[at : at + 1]], **more} if left else {})
        return self.broken or json.dumps({"results": results}).encode()


@pytest.fixture
def server() -> Iterator[tuple[Advisories, str]]:
    advisories = Advisories()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = advisories.answer(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield advisories, f"http://127.0.0.1:{http.server_address[1]}/"
        http.shutdown()
        thread.join()


Audit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def audit(tmp_path: Path, server: tuple[Advisories, str]) -> Audit:
    (tmp_path / "a.lock").write_text(LOCK)

    def run(allowed: str = "", url: str = server[1]) -> subprocess.CompletedProcess[str]:
        (tmp_path / "allowed").write_text(allowed)
        env = {"PATH": os.environ["PATH"], "AUDIT_URL": url, "AUDIT_ALLOWED": str(tmp_path / "allowed")}
        command = [sys.executable, ROOT / ".ci" / "audit", tmp_path / "a.lock"]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_every_pinned_package_is_asked_about_and_nothing_else_is_told(audit: Audit, server: Any) -> None:
    assert audit().returncode == 0
    [asked] = server[0].asked
    assert [(q["package"]["name"], q["version"]) for q in asked] == [("Second_one", "2.5.1"), ("first", "1.0")]


def test_what_is_known_fails_until_it_is_recorded_and_again_when_that_has_ended(audit: Audit, server: Any) -> None:
    server[0].known = {"first": ["OSV-1", "OSV-2"]}
    failed = audit()
    assert failed.returncode == 1
    assert "OSV-1: first 1.0" in failed.stderr
    assert "OSV-2: first 1.0" in failed.stderr  # on the second page
    assert audit("OSV-1 2999-01-01 not reached\n").returncode == 1
    assert audit("# why\nOSV-1 2999-01-01 not reached\nOSV-2 2999-01-01 not reached\n").returncode == 0
    ended = audit("OSV-1 2999-01-01 not reached\nOSV-2 2020-01-01 not reached\n")
    assert (ended.returncode, "ended" in ended.stderr) == (1, True)


def test_an_exception_that_nothing_needs_any_more_is_taken_out(audit: Audit) -> None:
    assert "no longer needed" in audit("OSV-9 2999-01-01 not reached\n").stderr
    assert audit("OSV-9 2999-01-01\n").returncode == 1  # without a reason


@pytest.mark.parametrize("broken", [b"<html>", b"{}", b'{"results": []}', b'{"results": [1, 2]}'])
def test_no_answer_is_told_loudly_and_is_no_fault_of_the_packages(audit: Audit, server: Any, broken: bytes) -> None:
    server[0].broken = broken
    for done in (audit(), audit(url="http://127.0.0.1:9/")):
        assert done.returncode == 0
        assert "NOT AUDITED" in done.stderr
        assert "Không có lỗ hổng" not in done.stdout


def test_ci_asks_before_it_tests_and_every_package_is_pinned_by_its_hash() -> None:
    assert "make audit\n" in (ROOT / ".ci" / "run").read_text()
    assert (ROOT / ".ci" / "install").read_text().count("--require-hashes") == 2
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        packages = re.split(r"\n(?=\S)", text.strip())
        assert len(packages) > 90
        assert [one[:40] for one in packages if "==" not in one or "--hash=sha256:" not in one] == []
