"""The house keeps its order: imports run one way, and each process loads only what it needs."""

import ast
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ["register", "content", "audio", "channels", "campaigns", "bot", "console"]
BELOW_ALL = {"settings", "database"}
ABOVE_ALL = {"jobs", "carrier", "scheduler", "cli", "demo", "benchmarks"}


def imported(file: Path) -> set[str]:
    """Top-level names that a file imports anywhere, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    upward = set(ROOMS[ROOMS.index(room) + 1 :]) | ABOVE_ALL
    if room == "console":
        upward -= {"jobs", "scheduler"}  # `serve` is put together there
    for file in (ROOT / room).rglob("*.py"):
        assert not imported(file) & upward, f"{file.relative_to(ROOT)} imports upward"


def test_settings_and_database_import_no_room() -> None:
    for name in BELOW_ALL:
        assert not imported(ROOT / f"{name}.py") & (set(ROOMS) | ABOVE_ALL)


def test_no_other_distribution_provides_one_of_our_names() -> None:
    ours = {*ROOMS, *BELOW_ALL, *ABOVE_ALL, "migrations"}
    for name, distributions in importlib.metadata.packages_distributions().items():
        if name in ours:
            assert set(distributions) == {"tungnha"}, f"{name} is also in {distributions}"


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after ``statement``."""
    program = f"{statement}\nimport sys; print(*{{m.split('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


def test_the_dispatcher_process_loads_neither_bot_library_nor_model() -> None:
    loaded = loaded_by("import jobs, scheduler, campaigns.engine.dispatch, channels.inbox")
    assert not loaded & {"aiogram", "telegram", "sklearn", "bot", "console", "fastapi"}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("import cli")
    assert not loaded & {"sqlalchemy", "sqlmodel", "aiogram", "telegram", "sklearn", "numpy", "fastapi", "aiohttp"}


def test_every_file_of_ours_is_nfc_and_says_nothing_of_a_registry() -> None:
    import unicodedata

    files = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split("\n")
    for name in filter(None, files):
        path = ROOT / name
        if path.suffix in {".py", ".md", ".yaml", ".html", ".css", ".j2", ".typ", ".toml", ".lock"} and path.exists():
            text = path.read_text("utf-8")
            assert unicodedata.is_normalized("NFC", text) or name.startswith("tests/"), name
            assert "index-url" not in text or path.name in {"Makefile", "test_house.py"}, name
