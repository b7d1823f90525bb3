"""What the groups of commands share: the application, options, the home, JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import completing
from cli.help import EXAMPLES, Commands
from register.errors import BadInput

if TYPE_CHECKING:
    from register.home import Home

USER = os.environ.get("USER") or "cán bộ"
HELP = """Từng Nhà: đến từng nhà, giúp từng người.

Ví dụ:
  tungnha demo
  tungnha register import danh-sach.xlsx --commune 22945 --dry-run
  tungnha staff owner nam --name "Trần Văn Nam"
  tungnha serve
  tungnha campaign --help
"""
app = Commands(HELP, pretty_exceptions_enable=False)

Json = Annotated[bool, typer.Option("--json", help="In một tài liệu JSON.")]
Commune = Annotated[
    str | None,
    typer.Option("--commune", help="Mã xã, phường: 5 chữ số.", autocompletion=completing.communes),
]
By = Annotated[
    str,
    typer.Option("--by", help="Tên đăng nhập của người làm.", envvar="TUNGNHA_USER", autocompletion=completing.logins),
]


def group(name: str, text: str, *examples: str) -> Commands:
    """A group of commands; each example without its ``tungnha <name>``."""
    lines = "".join(f"\n  tungnha {name} {example}" for example in examples)
    sub = Commands(f"{text}\n\n{EXAMPLES}{lines}")
    app.add_typer(sub, name=name)
    return sub


def show(value: Any) -> None:
    """One JSON document on stdout."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")


@contextmanager
def opened(create: bool = False, passing: bool = False) -> Iterator[Home]:
    """The home of the settings. ``passing``: where there is none yet, one that is gone afterwards."""
    from register.home import open_home
    from settings import get_settings

    settings = get_settings()
    with ExitStack() as stack:
        if passing and not settings.home.expanduser().exists():
            folder = stack.enter_context(TemporaryDirectory(prefix="tungnha-"))
            settings = settings.model_copy(update={"home": Path(folder), "database_url": ""})
        yield stack.enter_context(closing(open_home(settings, create=create)))


def day(text: str) -> date:
    """``2026-11-23`` or ``23/11/2026``."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise BadInput(f"Ngày “{text}” chưa đúng. Hãy ghi như 23/11/2026 hoặc 2026-11-23.")


def fail(sentence: str, code: int) -> None:
    """One line on stderr, and out."""
    print(" ".join(sentence.split()), file=sys.stderr)
    sys.exit(code)
