"""What the documents say is so: settings, commands, files, links, states and licences."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.run import NAMES
from campaigns.states import DeliveryState

ROOT = Path(__file__).parent.parent
READMES = {"en": ROOT / "README.md", "vi": ROOT / "README.vi.md"}
PAGES = [*READMES.values(), ROOT / "DATAFLOW.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
AGAIN = "out of date: run python docs/tables.py"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    """docs/tables.py, which writes the tables."""
    spec = importlib.util.spec_from_file_location("docs_tables", ROOT / "docs" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(path: Path) -> str:
    return path.read_text("utf-8")


def prose(path: Path) -> str:
    """The page without its drawings."""
    return re.sub(r"```mermaid.*?```", "", page(path), flags=re.DOTALL)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_tables_of_settings_and_commands_are_those_of_the_code(tables: ModuleType, language: str) -> None:
    text = page(READMES[language])
    assert "| `TUNGNHA_HOME` |" in text
    assert "| `tungnha campaign why` |" in text
    assert tables.with_tables(text, language) == text, AGAIN


def test_the_words_beside_the_tables_name_nothing_that_is_gone(tables: ModuleType) -> None:
    import scheduler
    from settings import Settings

    assert set(tables.WORDS["settings_vi"]) == set(Settings.model_fields)
    assert set(tables.WORDS["commands_en"]) == set(tables.commands())
    assert set(tables.WORDS["itself_en"]) == {row.job.__name__ for row in scheduler.TABLE}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_command_that_is_named_exists(tables: ModuleType, path: Path) -> None:
    known = set(tables.commands()) | {name.split()[0] for name in tables.commands()}
    for first, second in re.findall(r"\btungnha ([a-z]+)(?: ([a-z]+)\b)?", prose(path)):
        assert first in known, first
        if first not in tables.commands():
            assert f"{first} {second}" in known, f"{first} {second}"
    targets = set(re.findall(r"^([a-z-]+):", page(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page(path), re.MULTILINE)) <= targets


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_link_and_picture_leads_somewhere(path: Path) -> None:
    anchors = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.+)", page(path), re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", page(path)):
        assert not target.startswith("http"), f"{target}: pages stand on their own"
        file, _, anchor = target.partition("#")
        assert (path.parent / file).exists() if file else anchor in anchors, target


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    names = re.findall(r"`([\w.-]+(?:/[\w./-]*)?)`", prose(path))
    named = {n for n in names if "/" in n or n.endswith((".py", ".md", ".toml", ".lock"))}
    # furniture of every channel, and files that a home holds
    own = {"client.py", "errors.py", "webhook.py", "limits.py"}
    assert {n for n in named - own if not (ROOT / n).exists()} == set()


def test_every_picture_is_small_and_has_its_caption(tables: ModuleType) -> None:
    made = {picture.stem for picture in (ROOT / "docs" / "pictures").glob("*.png")}
    assert made == set(tables.WORDS["pictures"])
    assert all((ROOT / "docs" / "pictures" / f"{name}.png").stat().st_size <= 200_000 for name in made)
    assert page(ROOT / "docs" / "pictures.md") == tables.gallery_page()


def test_both_readmes_have_the_same_parts() -> None:
    english, vietnamese = (page(readme) for readme in READMES.values())
    for part in (r"^(#+) ", r"^(\d)\. ", r"^(- )", r"^\|(-)", r"^(\*\*)", r"^(```)"):
        assert re.findall(part, english, re.M) == re.findall(part, vietnamese, re.M), part
    for part in (r"TUNGNHA_[A-Z_]+", r"\]\(((?!README|#)[^)]+)\)", r"`([\w-]+/[\w./<>-]*)`"):
        assert set(re.findall(part, english)) - {"channels/<name>/"} == (
            set(re.findall(part, vietnamese)) - {"channels/<tên>/"}
        ), part


def test_every_bench_is_in_both_readmes() -> None:
    for readme in READMES.values():
        assert all(f"\n| {name} | " in page(readme) for name in NAMES)


def test_the_life_of_a_delivery_is_drawn_with_every_state() -> None:
    drawing = re.findall(r"```mermaid\nstateDiagram.*?```", page(ROOT / "DATAFLOW.md"), re.DOTALL)[0]
    drawn = set(re.findall(r"^ +(\w+) -->", drawing, re.M)) | set(re.findall(r"--> (\w+)", drawing))
    assert drawn == {state.value for state in DeliveryState}


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads(page(ROOT / "pyproject.toml"))["project"]["version"]
    assert re.findall(r"^## ([\d.]+)", page(ROOT / "CHANGELOG.md"), re.M)[0] == version


def test_every_package_may_be_used_by_a_program_under_the_agpl(tables: ModuleType) -> None:
    text = page(ROOT / "docs" / "licences.md")
    for name, (licence, _remark, kind) in tables.licences().items():
        assert tables.is_compatible(licence), f"{name}: {licence or 'no licence stated'}"
        assert f"| {name} | {licence} | {kind} |" in text, f"{name}: {AGAIN}"


@pytest.mark.parametrize("licence", ["", "GPL-2.0-only", "MIT AND Proprietary", "(MIT OR SSPL-1.0)"])
def test_a_licence_that_does_not_fit_is_refused(tables: ModuleType, licence: str) -> None:
    assert not tables.is_compatible(licence)
