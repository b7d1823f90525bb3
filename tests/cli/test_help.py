"""The help is Vietnamese, fits a terminal of 80 columns, and its examples are commands that exist."""

import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer._click.core import Context

import cli
from cli.help import split

Run = Callable[..., Any]
ROOT = typer.main.get_command(cli.app)
ENGLISH = re.compile(r"Usage|Options|Commands|Arguments|Show this|default:|required|env var|Install|<(str|path|int)")


def pages(
    command: Any = ROOT, above: Context | None = None, name: str = "tungnha"
) -> Iterator[tuple[str, Any, Context]]:
    """(path, command, context) of every command and group that people see."""
    ctx = Context(command, info_name=name, parent=above)
    yield ctx.command_path, command, ctx
    for inner, sub in getattr(command, "commands", {}).items():
        if not sub.hidden:
            yield from pages(sub, ctx, inner)


PAGES = {path: (command, ctx) for path, command, ctx in pages()}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_vietnamese_fits_the_terminal_and_has_examples(path: str) -> None:
    command, ctx = PAGES[path]
    page = command.get_help(ctx)
    assert page.startswith(f"Cách dùng: {path}")
    assert not ENGLISH.search(page)
    assert max(map(len, page.splitlines())) <= 80
    text, examples = split(command.help)
    assert text.endswith(".")
    assert any(path in example for example in examples)


@pytest.mark.parametrize("path", PAGES)
def test_every_example_is_a_command_that_would_run(path: str) -> None:
    for example in "\n".join(split(PAGES[path][0].help)[1]).replace("\\\n", " ").splitlines():
        words = shlex.split(example.rpartition("| ")[2])
        words = words[words.index("tungnha") + 1 :]
        command, ctx = ROOT, Context(ROOT, info_name="tungnha")
        while hasattr(command, "commands") and words[0] != "--help":
            command = command.commands[words.pop(0)]
        if words != ["--help"]:
            command.make_context("x", words, parent=ctx)  # a wrong option, a missing argument raises


WRONG = {
    "campain": "Không có lệnh “campain”. Có phải: tungnha campaign?",
    "import": "Có phải: tungnha register import?",
    "register import": "Thiếu TỆP (Tệp .xlsx .xls .ods .csv .tsv).",
    "campaign new x --segmen y": "Không có tùy chọn --segmen. Có phải: --segment?",
    "sandbox --port abc": "--port phải là một số",
    "sandbox --port": "Tùy chọn --port cần một giá trị theo sau.",
    "register status --json=1": "Tùy chọn --json không nhận giá trị.",
    "campaign status Đợt 1": "Thừa “1”. Tên có dấu cách phải đặt trong ngoặc kép.",
}


@pytest.mark.parametrize("words", WRONG)
def test_a_mistyped_command_is_told_what_to_do(words: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(sys, "argv", ["tungnha", *words.split()])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    out, err = capsys.readouterr()
    assert (stopped.value.code, out, err.count("\n")) == (2, "", 1)
    assert WRONG[words] in err
    assert re.search(r"Cách dùng và ví dụ: tungnha.* --help$", err.strip())


def test_vietnamese_is_written_where_the_locale_knows_none(tmp_path: Path, call: Run) -> None:
    for env in ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}):
        assert "Từng Nhà" in call(tmp_path / "h", "--help", **env).stdout
        done = call(tmp_path / "h", "register", "status", **env)
        assert done.refused().startswith("Chưa có dữ liệu ở ")


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path, call: Run) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = call(tmp_path / "h", "bot", "classify", text="xin chào\n" * 3000, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")
