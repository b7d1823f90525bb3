"""The command as people call it, in a process of its own, with a home that holds the sample list."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from register.sample import sample_workbook

TUNGNHA = Path(sys.executable).parent / "tungnha"


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
    done = subprocess.run(
        [TUNGNHA, *map(str, arguments)],
        input=text,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,
        cwd="/",
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TUNGNHA_HOME": str(home), "USER": "lan", **env},
    )
    return Done(done.args, done.returncode, done.stdout, done.stderr)


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
