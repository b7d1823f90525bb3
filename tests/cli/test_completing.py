"""The Tab key, in a real bash."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.run import NAMES
from campaigns.engine.decide import CHANNELS
from campaigns.segments import SEGMENTS
from channels import checking
from cli import completing
from register.offices import OFFICES
from register.staff import ROLES
from settings import Settings

Run = Callable[..., Any]
BIN = Path(sys.executable).parent
ASK = """
source "$SCRIPT"
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
_tungnha_completion tungnha
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def tab(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """tab("tungnha", "reg") → what bash would offer."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash")
    window = ("--from", "2030-01-02", "--to", "2030-02-02")
    run("campaign", "new", "Đợt 1", "--segment", "nq418-ready", "--channels", "visit", *window)
    run("staff", "add", "hoa", "--name", "Lê Thị Bích Hoa", "--role", "officer", "--unit", "22945")

    script = tmp_path_factory.mktemp("tab") / "tungnha.sh"
    known = {"PATH": f"{BIN}:/usr/bin:/bin", "SCRIPT": str(script), "TUNGNHA_HOME": str(run.home)}  # type: ignore[attr-defined]
    subprocess.run([bash, "-c", 'tungnha --show-completion > "$SCRIPT"; true'], env=known, check=True)

    def press(*words: str, **env: str) -> list[str]:
        done = subprocess.run(
            [bash, "-c", ASK, "tungnha", *words], env=known | env, capture_output=True, text=True, timeout=60
        )
        assert done.stderr == ""
        return done.stdout.split("\n")[:-1]

    return press


def test_commands_options_and_lists(tab: Callable[..., list[str]]) -> None:
    assert tab("tungnha", "reg") == ["register"]
    assert {"rehearse", "launch", "why"} <= set(tab("tungnha", "campaign", ""))
    assert "nq418-ready" in tab("tungnha", "campaign", "new", "x", "--segment", "")
    assert tab("tungnha", "campaign", "new", "x", "--channels", "zalo,v") == ["zalo,visit"]


def test_what_the_home_knows_and_no_person(tab: Callable[..., list[str]]) -> None:
    assert tab("tungnha", "campaign", "status", "") == ["'Đợt 1'"]
    assert tab("tungnha", "campaign", "status", '"Đ') == ["Đợt 1"]  # the quote stands there already
    assert tab("tungnha", "register", "status", "--commune", "") == ["22945"]
    assert tab("tungnha", "staff", "link", "h") == ["hoa"]
    assert tab("tungnha", "campaign", "why", "x", "") == [""]


def test_without_a_home_nothing_is_offered_and_none_is_made(tab: Callable[..., list[str]], tmp_path: Path) -> None:
    assert tab("tungnha", "campaign", "status", "", TUNGNHA_HOME=str(tmp_path / "h")) == [""]
    assert tab("tungnha", "campaign", "status", "", TUNGNHA_PORT="abc") == [""]
    assert not (tmp_path / "h").exists()


def test_the_lists_are_those_of_the_rooms() -> None:
    assert list(SEGMENTS) == completing.SEGMENTS
    assert set(completing.ROLES) == set(ROLES)
    assert list(CHANNELS) == completing.WAYS
    assert list(checking.CHANNELS) == completing.LANES
    assert set(completing.OFFICES) == set(OFFICES)
    assert set(completing.BENCHES) <= set(NAMES)
    assert shlex.join(completing.VOICES) in str(Settings.model_fields["voice"].annotation).replace("', '", " ")


def test_the_tab_key_loads_no_room() -> None:
    program = "import cli, settings, sys; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & {"sqlalchemy", "sqlmodel", "campaigns", "console", "bot", "aiohttp"}
