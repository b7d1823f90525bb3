"""The command as people call it, with a home that holds the sample list."""

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

import cli
from register.sample import sample_workbook
from settings import get_settings

TUNGNHA = Path(sys.executable).parent / "tungnha"
OWN_PROCESS = {"bench", "sandbox", "serve", "worker"}


class Done(subprocess.CompletedProcess[str]):
    """What a command did."""

    def data(self) -> Any:
        """The one JSON document on stdout."""
        assert self.returncode == 0, self.stderr
        return json.loads(self.stdout)

    def refused(self) -> str:
        """Bad input: exit 2, one line on stderr, no traceback, nothing on stdout."""
        assert self.returncode == 2, (self.returncode, self.stdout, self.stderr)
        assert self.stdout == ""
        assert len(self.stderr.strip().splitlines()) == 1
        assert "Traceback" not in self.stderr
        return self.stderr


def _call(home: Path, *arguments: object, text: str | None = None, stdout: int = subprocess.PIPE, **env: str) -> Done:
    words = ["tungnha", *map(str, arguments)]
    known = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TUNGNHA_HOME": str(home), "TUNGNHA_USER": "lan"}
    if (
        stdout == subprocess.PIPE
        and words[1] not in OWN_PROCESS
        and not any(name.startswith(("LC_", "PYTHON")) for name in env)
    ):
        return _inside(words, text or "", known | env)
    done = subprocess.run(
        [TUNGNHA, *words[1:]],
        input=text,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
        cwd="/",
        env=known | env,
    )
    return Done(done.args, done.returncode, done.stdout, done.stderr)


def _inside(words: list[str], text: str, env: dict[str, str]) -> Done:
    """The command in this process: a second saved for each that need not start Python and load the rooms."""
    logging_before, structlog_before = logging.root.handlers[:], structlog.get_config()
    given, out, err = (io.TextIOWrapper(io.BytesIO(start), encoding="utf-8") for start in (text.encode(), b"", b""))
    with pytest.MonkeyPatch.context() as patch:
        for name, stream in (("stdin", given), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        patch.setattr(sys, "argv", words)
        patch.setattr(os, "environ", env.copy())
        patch.chdir("/")
        get_settings.cache_clear()
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        finally:
            get_settings.cache_clear()
            logging.root.handlers[:] = logging_before
            structlog.configure(**structlog_before)
    for stream in (out, err):
        stream.flush()
    read = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Done(words, code, *read)


@pytest.fixture(scope="session")
def call() -> Callable[..., Done]:
    """call(home, *arguments, text=stdin, **environment) -> Done"""
    return _call


@pytest.fixture(scope="session")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "danh-sach.xlsx"
    sample_workbook(path)
    return path


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory, lists: Path) -> Path:
    """A home with the sample list in it; nobody writes to it."""
    home = tmp_path_factory.mktemp("cli") / "home"
    assert _call(home, "register", "import", lists, "--commune", "22945", "--nq418").returncode == 0
    return home


@dataclass
class Running:
    """Commands in one home."""

    home: Path

    def __call__(self, *arguments: object, **more: Any) -> Done:
        return _call(self.home, *arguments, **more)


@pytest.fixture(scope="module")
def run(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Running:
    """run(*arguments, …): ``call`` with a home of this file's own that holds the sample list."""
    home = tmp_path_factory.mktemp("home") / "home"
    shutil.copytree(imported, home)
    return Running(home)
