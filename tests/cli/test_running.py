"""What runs for long: `serve`, `worker`, `sandbox`, `bench`."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from register.home import Home
from register.lock import lock

Run = Callable[..., Any]
TUNGNHA = Path(sys.executable).parent / "tungnha"


def test_bench_knows_its_names(run: Run) -> None:
    run("bench", "khong-co").refused()
    found = run("bench", "import", "--quick", "--json").data()
    assert set(found) == {"bench", "machine", "figures", "ratios", "targets", "ok", "misses"}


def test_a_port_in_use_is_said_in_one_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in run("sandbox", "--port", port).refused()
        assert port in run("serve", TUNGNHA_PORT=port).refused()


def test_a_worker_starts_and_ends_and_on_sqlite_says_that_serve_does_the_work(home: Home) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(home.path.parent), "TUNGNHA_HOME": str(home.path)}
    env |= {"TUNGNHA_LOG_LEVEL": "INFO", "TUNGNHA_DATABASE_URL": home.settings.database_url}
    worker = subprocess.Popen([TUNGNHA, "worker"], env=env, stderr=subprocess.PIPE, text=True)
    assert worker.stderr is not None
    if home.settings.database_url.startswith("postgresql"):
        assert any("worker_started" in line for line in worker.stderr)
        worker.terminate()
        assert worker.wait(30) == 0
    else:
        said = worker.stderr.read().splitlines()
        assert worker.wait(30) == 2
        assert len(said) == 1
        assert "tungnha serve" in said[0]


def test_a_second_demo_does_not_take_the_home_from_the_first(tmp_path: Path, call: Run) -> None:
    home = tmp_path / "h"
    home.mkdir()
    (home / "demo").touch()
    with closing(lock(home)):
        assert str(home) in call(home, "demo", "--once").refused()
    assert (home / "demo").exists()


def test_ctrl_c_ends_the_simulators_whose_lines_are_there_at_once(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    sandbox = subprocess.Popen([TUNGNHA, "sandbox", "--port", "0"], env=env, stdout=subprocess.PIPE, text=True)
    assert sandbox.stdout is not None
    assert any(line.startswith("TUNGNHA_SANDBOX_BASE=") for line in iter(sandbox.stdout.readline, ""))
    sandbox.send_signal(signal.SIGINT)
    assert sandbox.wait(30) == 0
