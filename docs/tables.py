"""Writes the tables and pictures of both READMEs, and docs/licences.md from the installed packages.

    python docs/tables.py

tests/test_docs.py fails while a table is not what this would write.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

WORDS: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "docs" / "tables.yaml").read_text("utf-8"))
READMES = {"en": ROOT / "README.md", "vi": ROOT / "README.vi.md"}

# --- settings, commands and jobs -------------------------------------------------------------------


def settings_table(language: str) -> str:
    """Every setting with its default and what it is for."""
    from settings import Settings

    lines = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "~/.tungnha" if name == "home" else getattr(default, "get_secret_value", lambda d=default: d)()
        shown = "" if shown is None else shown
        text = field.description if language == "en" else WORDS["settings_vi"][name]
        lines.append(f"| `TUNGNHA_{name.upper()}` | {f'`{shown}`' if shown != '' else ''} | {text} |")
    head = ("setting", "default", "what for") if language == "en" else ("thiết lập", "mặc định", "để làm gì")
    return _table(head, lines)


def commands() -> dict[str, str]:
    """Every command that is not hidden, with the first line of its Vietnamese help."""
    import typer.main

    import cli

    found: dict[str, str] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        if command.hidden:
            return
        if hasattr(command, "commands"):
            for name, inner in command.commands.items():
                walk(inner, (*path, name))
        else:
            found[" ".join(path)] = (command.help or "").split("\n")[0]

    walk(typer.main.get_command(cli.app), ())
    return found


def commands_table(language: str) -> str:
    """Every command with what it does."""
    lines = []
    for name, vietnamese in commands().items():
        lines.append(f"| `tungnha {name}` | {vietnamese if language == 'vi' else WORDS['commands_en'][name]} |")
    return _table(("command", "does") if language == "en" else ("lệnh", "việc"), lines)


def speed_table(language: str) -> str:
    """What `make bench` found last, each figure beside something known (benchmarks/speed.yaml)."""
    from benchmarks import speed

    return speed.speed_table(language)


def itself_table(language: str) -> str:
    """What happens by itself (scheduler.py), and when."""
    import scheduler

    lines = []
    for row in scheduler.TABLE:
        what = row.what if language == "vi" else WORDS["itself_en"][row.job.__name__]
        lines.append(f"| {_when(row.when, language)} | {what} |")
    return _table(("when", "what") if language == "en" else ("lúc", "việc"), lines)


def pictures(language: str) -> str:
    """The few pictures on the front page, with their captions."""
    front = {name: words for name, words in WORDS["pictures"].items() if words.get("front")}
    return "\n\n".join(f"![{words[language]}](docs/pictures/{name}.png)" for name, words in front.items())


def gallery_page() -> str:
    """docs/pictures.md: every picture that the console's browser test makes, captions in both languages."""
    shown = [f"**{w['vi']}** · {w['en']}\n\n![{w['en']}](pictures/{name}.png)" for name, w in WORDS["pictures"].items()]
    return "\n\n".join(["# Hình · Pictures", *shown]) + "\n"


def _when(trigger: Any, language: str) -> str:
    if hasattr(trigger, "interval"):
        seconds = int(trigger.interval.total_seconds())
        number, unit = (seconds // 3600, 1) if seconds >= 3600 else (seconds, 0)
        units = ("s", "h") if language == "en" else ("giây", "giờ")
        return f"{'every' if language == 'en' else 'mỗi'} {number} {units[unit]}"
    fields = {field.name: str(field) for field in trigger.fields}
    clock = f"{int(fields['hour']):02}:{int(fields['minute']):02}"
    return f"{clock} in Viet Nam" if language == "en" else f"{clock} giờ Việt Nam"


def _table(head: tuple[str, ...], lines: list[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines])


def with_tables(text: str, language: str) -> str:
    """A README's text with its tables written anew between their marks."""
    parts = {"pictures": pictures, "itself": itself_table, "speed": speed_table, "settings": settings_table}
    parts["commands"] = commands_table
    for name, part in parts.items():
        begin, end = f"<!-- {name}: python docs/tables.py -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n\n{part(language)}\n\n{end}{rest.partition(end)[2]}"
    return text


# --- licences -------------------------------------------------------------------------------------

# May be used by, and shipped with, a program under AGPL-3.0-or-later.
COMPATIBLE = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "GPL-2.0-or-later", "GPL-3.0-or-later",
    "ISC", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "OFL-1.1",
    "PSF-2.0", "Zlib",
}  # fmt: skip
ALIASES = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",  # how many clauses, the metadata does not say
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Zero-Clause BSD (0BSD)": "0BSD",
}
STATED_ELSEWHERE = {  # their metadata is silent, or not here on every Python
    "async-timeout": ("Apache-2.0", "only before Python 3.11.3"),
    "axe-playwright-python": ("MIT AND MPL-2.0", "its licence file; axe-core inside is MPL-2.0"),
    "taskiq-dependencies": ("MIT", "as its repository states"),
    "vietnam-provinces": ("GPL-3.0-or-later", "as its repository states"),
    "espeakng-loader": ("GPL-3.0-or-later", "of the eSpeak NG library inside; the loader itself states none"),
}


def licence_of(package: metadata.Distribution) -> tuple[str, str]:
    """(SPDX expression, remark) of an installed package; ("", "") when it states none that we know."""
    about = package.metadata
    if about["Name"].lower() in STATED_ELSEWHERE:
        return STATED_ELSEWHERE[about["Name"].lower()]
    if "License-Expression" in about:
        return about["License-Expression"], ""
    lines = about["License"].strip().splitlines() if "License" in about else []
    short = lines[0] if lines else ""
    if ALIASES.get(short, short) in COMPATIBLE:
        return ALIASES.get(short, short), ""
    named = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", []) if c.startswith("License ::")]
    return " OR ".join(dict.fromkeys(ALIASES.get(name, name) for name in named)), ""


def is_compatible(expression: str) -> bool:
    """Whether every licence that an SPDX expression names may go with ours."""
    named = re.split(r"\s+(?:AND|OR)\s+|[()]", expression)
    return bool(expression) and all(name.strip() in COMPATIBLE for name in named if name.strip())


def locked(lock: str) -> list[str]:
    """The packages that a lock pins."""
    return re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / lock).read_text("utf-8"), re.MULTILINE)


def licences() -> dict[str, tuple[str, str, str]]:
    """Name → (licence, remark, "run" | "dev") of each locked package that is installed here."""
    found = {}
    run = set(locked("requirements.lock"))
    for name in sorted(run | set(locked("requirements-dev.lock"))):
        kind = "run" if name in run else "dev"
        try:
            found[name] = (*licence_of(metadata.distribution(name)), kind)
        except metadata.PackageNotFoundError:  # for another system or Python
            if name in STATED_ELSEWHERE:
                found[name] = (*STATED_ELSEWHERE[name], kind)
    return found


def licences_page() -> str:
    """docs/licences.md."""
    lines = [f"| {name} | {licence} | {kind} | {remark} |" for name, (licence, remark, kind) in licences().items()]
    return (
        "# Licences of what Từng Nhà stands on\n\n"
        "Từng Nhà is under AGPL-3.0-or-later. Every package below may be used by such a program. `run`: the set of\n"
        "`requirements.lock`; `dev`: only in `requirements-dev.lock`. Written by `python docs/tables.py` from the\n"
        "metadata of the installed packages; `tests/test_docs.py` refuses a licence that does not fit.\n\n"
        f"{_table(('package', 'licence', 'set', 'remark'), lines)}\n"
    )


def main() -> None:
    """Write all of it."""
    for language, file in READMES.items():
        file.write_text(with_tables(file.read_text("utf-8"), language), "utf-8")
    (ROOT / "docs" / "licences.md").write_text(licences_page(), "utf-8")
    (ROOT / "docs" / "pictures.md").write_text(gallery_page(), "utf-8")


if __name__ == "__main__":
    main()
