"""What lies in deploy/, and what the pages on operating say, is so."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import json
import re
import shlex
import shutil
import subprocess
import time
import tomllib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from packaging.requirements import Requirement

import cli
from campaigns.field.notice import SENTENCES
from channels.hooks import BODY_BYTES
from console.metrics import Metrics
from console.security import MAX_UPLOAD_BYTES
from content.zbs import PARAMETERS, TEMPLATES
from jobs import END_S
from register import erasures
from register.home import Home
from register.staff import ROLES
from settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY, DOCS = ROOT / "deploy", ROOT / "docs"
UNITS = sorted((DEPLOY / "systemd").glob("tungnha*.service"))
GUIDES = {"vi": DOCS / "tu-thu-den-that.md", "en": DOCS / "from-trying-to-real.md"}
OPERATING = DOCS / "operating.md"
OPERATING_VI = DOCS / "operating.vi.md"
TEXTS = [*GUIDES.values(), OPERATING, OPERATING_VI, *(path for path in sorted(DEPLOY.rglob("*")) if path.is_file())]


def read(path: Path) -> str:
    return path.read_text("utf-8")


def table(text: str, head: str) -> list[list[str]]:
    """The rows of the table that begins with this heading row, their cells without marks."""
    rows = text.split(f"| {head}", 1)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


# --- settings and commands that are named ------------------------------------------------------------


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    known = {f"TUNGNHA_{name.upper()}" for name in Settings.model_fields} | {"TUNGNHA_BACKUP_NOW"}
    assert set(re.findall(r"TUNGNHA_[A-Z_]+[A-Z]", read(path))) <= known


def command_lines() -> Iterator[list[str]]:
    for path in (*GUIDES.values(), OPERATING, OPERATING_VI):
        quoted = re.findall(r"`(tungnha [^`]+)`", read(path))
        blocks = "\n".join(re.findall(r"```\n(.*?)```", read(path), re.DOTALL))
        for line in (*quoted, *(one for one in blocks.splitlines() if one.startswith("tungnha "))):
            yield shlex.split(line.replace("…", "FILE"), comments=True)[1:]


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_every_command_line_is_one_that_the_program_takes(words: list[str]) -> None:
    command: Any = typer.main.get_command(cli.app)
    while hasattr(command, "commands"):
        assert words[0] in command.commands, words
        command = command.commands[words.pop(0)]
    taken = {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {"--help"}
    assert {word for word in words if word.startswith("-")} <= taken


# --- systemd -----------------------------------------------------------------------------------------


def unit(path: Path) -> configparser.RawConfigParser:
    parsed = configparser.RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(read(path))
    return parsed


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_a_unit_runs_as_its_own_user_and_may_write_nowhere_but_at_home(path: Path) -> None:
    service = unit(path)["Service"]
    assert (service["User"], service["ProtectSystem"], service["NoNewPrivileges"]) == ("tungnha", "strict", "yes")
    assert (service["StateDirectory"], service["StateDirectoryMode"], service["UMask"]) == ("tungnha", "0700", "0077")
    assert service["LimitCORE"] == "0"
    assert service["CapabilityBoundingSet"] == ""
    assert "@resources" not in service["SystemCallFilter"]  # register.apart bounds its child by setrlimit


def test_a_stop_waits_for_what_is_on_its_way() -> None:
    assert all(int(unit(path)["Service"].get("TimeoutStopSec", 90)) > END_S for path in UNITS)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_units_and_finds_them_hardened(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").glob("tungnha*.[st]*"):
        if path.suffix in {".service", ".timer"}:
            text = read(path).replace("/opt/tungnha/.venv/bin/tungnha", "/bin/true")
            (tmp_path / path.name.replace("@", "@1")).write_text(text, "utf-8")
    units = sorted(str(path) for path in tmp_path.iterdir())
    said = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert [line for line in said.stderr.splitlines() if "tungnha" in line] == []
    for name in ("tungnha.service", "tungnha-backup.service"):
        rated = ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(tmp_path / name)]
        assert subprocess.run(rated, capture_output=True).returncode == 0, f"{name}: exposed more than 1.5"


def test_the_backup_script_keeps_days_and_weeks_and_never_the_lists_of_what_is_gone(tmp_path: Path) -> None:
    folder, programs = tmp_path / "backups", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (programs / "tungnha").write_text('#!/bin/sh\n[ "$1" = backup ] && echo x > "$2" && echo y > "$2.erased"\n')
    (programs / "tungnha").chmod(0o755)
    now = datetime(2026, 11, 23, 12, 20, tzinfo=UTC)
    for hours in range(12, 24 * 80, 12):
        file = folder / f"tungnha-{now - timedelta(hours=hours):%Y%m%d-%H%M%S}.backup"
        file.write_text("x")
        file.with_name(file.name + ".erased").write_text("y")
    (folder / "somebody-elses.txt").write_text("z")
    script = [str(DEPLOY / "systemd" / "tungnha-backup"), str(folder)]
    said = {"PATH": f"{programs}:/usr/bin:/bin", "TZ": "UTC", "TUNGNHA_BACKUP_NOW": str(int(now.timestamp()))}
    subprocess.run(["sh", *script], env=said, check=True)
    left = sorted(path.name for path in folder.glob("*.backup"))
    ages = [(now - datetime.strptime(name, "tungnha-%Y%m%d-%H%M%S.backup").replace(tzinfo=UTC)).days for name in left]
    assert ages[-1] == 0  # the one that was just made
    assert sum(age < 2 for age in ages) == 4  # all of two days
    assert sum(2 <= age < 14 for age in ages) in (12, 13)  # one a day
    assert 6 <= sum(age >= 14 for age in ages) <= 8  # one a week
    assert max(ages) < 56
    assert {f"{name}.erased" for name in left} == {path.name for path in folder.glob("*.erased")}
    assert (folder / "somebody-elses.txt").exists()
    assert erasures.KNOWN > 2 * 16 + 12 + 8  # each that is kept gets its list of erasures anew


def test_a_backup_that_fails_lets_nothing_go(tmp_path: Path) -> None:
    old = tmp_path / "tungnha-20200101-000000.backup"
    old.write_text("x")
    (tmp_path / "tungnha").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "tungnha").chmod(0o755)
    script = ["sh", str(DEPLOY / "systemd" / "tungnha-backup"), str(tmp_path)]
    assert subprocess.run(script, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}).returncode != 0
    assert old.exists()


# --- the proxy ---------------------------------------------------------------------------------------


def test_the_proxies_let_through_what_we_take_and_no_more() -> None:
    nginx, caddy = read(DEPLOY / "nginx" / "tungnha.conf"), read(DEPLOY / "caddy" / "Caddyfile")
    sizes = {"m": 2**20, "k": 2**10}
    given = [int(n) * sizes[unit] for n, unit in re.findall(r"client_max_body_size (\d+)([mk])", nginx)]
    assert MAX_UPLOAD_BYTES < given[0] < MAX_UPLOAD_BYTES * 1.2
    assert given[1] == BODY_BYTES
    assert "X-Forwarded-For $remote_addr" in nginx  # set, not added to
    assert "Strict-Transport-Security" not in nginx + caddy  # `serve` says it, once
    assert "/metrics" in nginx
    assert "/metrics" in caddy


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed here")
def test_caddy_takes_its_file() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "caddy" / "Caddyfile")]
    subprocess.run(command, check=True, capture_output=True)


def test_the_container_gets_every_room_of_the_program() -> None:
    said = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["setuptools"]
    rooms = {name.rstrip("*") for name in said["packages"]["find"]["include"]}
    assert rooms <= set(re.findall(r"^!(\w+)$", read(ROOT / ".dockerignore"), re.MULTILINE))


# --- the container -----------------------------------------------------------------------------------


def container_steps() -> list[str]:
    """The RUN steps of the stage that builds, each one line."""
    text = read(DEPLOY / "container" / "Containerfile").replace("\\\n", " ")
    return re.findall(r"^RUN (.*)$", text.split("\nFROM ")[1], re.MULTILINE)


def test_the_container_runs_no_root_takes_pinned_packages_and_tells_its_health() -> None:
    text = read(DEPLOY / "container" / "Containerfile")
    assert re.search(r"^USER (?!0|root)", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "/healthz" in text
    assert "VOLUME /data" in text
    assert text.count("pip install") == text.count("--require-hashes") == 2
    assert not re.search(r"keys\.json|\.env\b", text)


def test_the_container_gets_everything_that_postgresql_needs() -> None:
    script = ["sh", str(DEPLOY / "container" / "postgres.sh"), str(ROOT / "requirements-dev.lock")]
    taken = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    names = set(re.findall(r"^([a-z0-9-]+)==", taken, re.MULTILINE))
    run = set(re.findall(r"^([a-z0-9-]+)==", read(ROOT / "requirements.lock"), re.MULTILINE))
    wanted, known = {"psycopg", "psycopg-binary", "procrastinate"}, set[str]()
    while wanted - known:
        name = (wanted - known).pop()
        known.add(name)
        extra = "pool" if name == "psycopg" else ""
        for line in importlib.metadata.requires(name) or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                wanted.add(need.name.lower().replace("_", "-"))
    assert wanted - run == names
    assert taken.count("--hash=sha256:") >= len(names)


def test_the_compose_file_starts_the_application_a_worker_and_the_database() -> None:
    services = yaml.safe_load(read(DEPLOY / "container" / "compose.yaml"))["services"]
    assert {name: one.get("command") for name, one in services.items()} == {
        "postgres": None, "serve": ["serve"], "worker": ["worker"]
    }  # fmt: skip
    for name in ("serve", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert all(str(port).startswith("127.0.0.1:") for port in services[name]["ports"])


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed here")
def test_the_linter_finds_nothing_in_the_containerfile() -> None:
    subprocess.run(["hadolint", str(DEPLOY / "container" / "Containerfile")], check=True)


@pytest.mark.slow
def test_the_steps_of_the_build_make_a_program_that_runs(tmp_path: Path) -> None:
    """Not in a container: in a folder, with this machine's Python and packages."""
    source = tmp_path / "tungnha"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and not name.startswith(("tests/", "docs/")) and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    for step in container_steps():
        here = step.replace("/opt/tungnha", str(source)).replace("python -m venv", "python3 -m venv")
        subprocess.run(["sh", "-ec", here], cwd=source, check=True, stdout=subprocess.DEVNULL)
    program = [str(source / ".venv" / "bin" / "tungnha")]
    said = {"PATH": "/usr/bin:/bin", "TUNGNHA_HOME": str(tmp_path / "home")}
    assert "serve" in subprocess.run([*program, "--help"], env=said, capture_output=True, text=True, check=True).stdout
    heard = subprocess.run([*program, "bot", "classify"], env=said, input="dừng\n", capture_output=True, text=True)
    assert heard.stdout.startswith("stop\t")
    drivers = [str(source / ".venv" / "bin" / "python"), "-c", "import psycopg, psycopg_pool, procrastinate"]
    subprocess.run(drivers, check=True)


# --- PostgreSQL --------------------------------------------------------------------------------------


def test_the_account_that_setup_makes_is_enough_and_no_more(postgres: str, tmp_path: Path) -> None:
    from sqlalchemy import create_engine, make_url, text

    from register.home import open_home

    name = f"setup_{uuid.uuid4().hex}"  # whatever stands on the server under our name stays as it is
    server = make_url(postgres.replace("postgresql://", "postgresql+psycopg://", 1))
    script = re.sub(r"--.*", "", read(DEPLOY / "postgres" / "setup.sql")).replace("tungnha", name)
    before, _, inside = script.partition(f"\\connect {name}\n")

    def run(url: Any, statements: str) -> list[Any]:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            done = [connection.execute(text(one)) for one in statements.split(";") if one.strip()]
            rows = done[-1].all() if done[-1].returns_rows else []
        engine.dispose()
        return list(rows)

    try:
        run(server, before)
        run(server.set(database=name), inside)
        run(server, f"ALTER ROLE {name} PASSWORD 'thử'")
        rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
        found = run(server, f"{rights} WHERE rolname IN ('{name}', '{name}_dump')")
        assert [any(row) for row in found] == [False, False]
        own = server.set(username=name, password="thử", database=name)
        settings = Settings(home=tmp_path / "h", database_url=own.render_as_string(hide_password=False))
        open_home(settings, create=True).close()  # schema, units, the queue's schema
    finally:
        run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        run(server, f"DROP ROLE IF EXISTS {name}; DROP ROLE IF EXISTS {name}_dump")


# --- metrics, alerts, logs ---------------------------------------------------------------------------

OURS = re.compile(r"\b(?:tungnha|process|python)_[a-z_]+\b")


def told(home: Home) -> set[str]:
    """Names of the metrics that a served home tells."""
    import bot.service
    import channels.zalo.oauth

    assert bot.service
    assert channels.zalo.oauth
    names = set(re.findall(r"^# TYPE (\S+)", Metrics(home).text(), re.MULTILINE))
    return {name for name in names if not name.endswith("_created")}


def expressions() -> list[str]:
    panels = json.loads(read(DEPLOY / "grafana" / "tungnha.json"))["panels"]
    rules = yaml.safe_load(read(DEPLOY / "prometheus" / "alerts.yml"))["groups"][0]["rules"]
    return [target["expr"] for panel in panels for target in panel["targets"]] + [rule["expr"] for rule in rules]


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
def test_dashboard_alerts_and_page_name_the_metrics_that_are_there_and_all_of_ours(home: Home) -> None:
    there = told(home)
    used = {name for expression in expressions() for name in OURS.findall(expression)}
    ours = {name for name in there if name.startswith("tungnha_")}
    assert used - there == set()
    assert ours - used == set(), "on no panel and in no alert"
    assert {row[0] for row in table(read(OPERATING), "metric |")} == ours


def test_every_alert_says_what_to_do() -> None:
    rules = yaml.safe_load(read(DEPLOY / "prometheus" / "alerts.yml"))["groups"][0]["rules"]
    assert [row[0] for row in table(read(OPERATING), "alert |")] == [rule["alert"] for rule in rules]
    assert [row[0] for row in table(read(OPERATING_VI), "cảnh báo |")] == [rule["alert"] for rule in rules]
    assert all({"summary", "description"} <= rule["annotations"].keys() for rule in rules)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed here")
def test_prometheus_takes_its_files() -> None:
    command = ["promtool", "check", "config", "prometheus.yml"]
    subprocess.run(command, cwd=DEPLOY / "prometheus", check=True, capture_output=True)


async def test_the_metrics_see_a_backup_a_dead_scheduler_and_a_full_disk(home: Home, tmp_path: Path) -> None:
    from jobs import Work, lead
    from register.backup import backup

    def value(name: str) -> float:
        return float(re.findall(rf"^{name} (\S+)", Metrics(home).text(), re.MULTILINE)[0])

    assert value("tungnha_scheduler_alive") == 0
    assert value("tungnha_backup_last_timestamp_seconds") == 0
    await lead(Work(home, {}, "a"))
    backup(home, tmp_path / "b.backup")
    assert value("tungnha_scheduler_alive") == 1
    assert abs(value("tungnha_backup_last_timestamp_seconds") - time.time()) < 3600
    assert value("tungnha_home_free_bytes") > 0


def events() -> dict[str, set[str]]:
    """Every event that our code logs, with its levels."""
    found: dict[str, set[str]] = {}
    levels = {"debug", "info", "warning", "error", "critical"}
    rooms = (
        path for path in ROOT.iterdir() if path.name not in {"tests", "docs", "benchmarks"} and path.name[0] != "."
    )
    files = (file for path in rooms for file in ([path] if path.suffix == ".py" else path.rglob("*.py")))
    trees = (ast.parse(text) for text in map(read, files) if "structlog" in text)
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[first, *_]) if (
                level in levels
            ):
                for part in ast.walk(first):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.setdefault(part.value, set()).add(level)
    return found


def test_every_event_of_the_log_stands_in_the_page_and_is_one_word() -> None:
    logged, page = events(), {row[0]: row[1] for row in table(read(OPERATING), "event |")}
    assert set(logged) ^ set(page) == set(), "docs/operating.md#logs"
    assert {name for name, levels in logged.items() if page[name] not in levels} == set()
    assert [name for name in logged if not re.fullmatch(r"[a-z_.]+", name)] == []


def test_json_logs_are_one_object_a_line_also_those_of_libraries(tmp_path: Path) -> None:
    program = (
        "import logging, structlog\nfrom cli.logs import logs\nlogs('INFO', 'json')\n"
        "structlog.get_logger().info('sent', lane='zalo:main', accepted=2)\n"
        "logging.getLogger('apscheduler').warning('late %s', 3)\n"
    )
    python = shutil.which("python3", path=str(Path(cli.__file__).parent.parent / ".venv" / "bin")) or "python3"
    said = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stderr
    first, second = (json.loads(line) for line in said.splitlines())
    assert (first["event"], first["level"], first["accepted"]) == ("sent", "info", 2)
    assert (second["event"], second["logger"], second["said"]) == ("library", "apscheduler", "late 3")
    assert first["timestamp"].endswith("Z")


# --- from trying to real -----------------------------------------------------------------------------


def test_the_templates_to_hand_in_are_those_that_the_program_fills() -> None:
    vietnamese = read(GUIDES["vi"])
    for template in TEMPLATES:
        assert f"tiêu đề:** {template.title}\n\n> {template.body}\n" in vietnamese
        assert f"`{template.setting}`" in vietnamese
    assert f"> {TEMPLATES[0].foot}\n" in vietnamese
    for text, head in ((vietnamese, "tham số |"), (read(GUIDES["en"]), "parameter |")):
        rows = {row[0]: (row[1], int(row[2]), row[4]) for row in table(text, head)}
        assert rows == {name: (kind, most, example) for name, (kind, most, _, example) in PARAMETERS.items()}


def test_the_notice_in_the_page_is_the_one_that_the_program_makes() -> None:
    words = {"office": "UBND xã …", "commune": "xã …", "hamlet_head": "trưởng thôn", "day": "…"}
    for sentence in SENTENCES:
        assert f"> {sentence.format(**words, address='', lines='')}\n" in read(GUIDES["vi"])


@pytest.mark.parametrize(("language", "head"), [("vi", "vai trò |"), ("en", "role |")])
def test_the_roles_in_the_page_are_those_of_the_program(language: str, head: str) -> None:
    assert {row[0] for row in table(read(GUIDES[language]), head)} == set(ROLES)


def test_what_citizens_hear_promises_no_money_and_asks_for_no_secret() -> None:
    """The quoted texts: no link, no sum; whoever says otherwise is not us."""
    quoted = "\n".join(re.findall(r"^> ?(.*)", read(GUIDES["vi"]), re.MULTILINE))
    assert "http" not in quoted
    assert not re.search(r"\d+[.]000 đồng|nhận quà|nhận tiền ngay", quoted)
    assert "REC" not in read(GUIDES["vi"])
    assert read(GUIDES["vi"]).count("**Hỏi lại**") >= 6  # what could not be verified is to be asked
