"""Help and usage errors as people read them: Vietnamese, plain text that fits 80 columns, examples to copy.

A docstring (or a group's text) ends with its examples, one a line, below ``EXAMPLES``. They are shown last, as they
are; tests/cli/test_help.py puts each one through the parser.
"""

from __future__ import annotations

from typing import Any

import typer
import typer.core
from typer._click import exceptions as wrong  # typer carries its own click
from typer._click.core import Context, Parameter
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand, TyperGroup, TyperOption

EXAMPLES = "Ví dụ:"
OPTIONS = "[TÙY CHỌN]"
WORDS = {  # typer's → ours
    "required": "bắt buộc",
    "default: {default}": "mặc định: {default}",
    "env var: {var}": "hoặc biến {var}",
    "<str>": "<chữ>",
    "<path>": "<tệp>",
    "<int>": "<số>",
    "<int range>": "<số>",
}
OWN_OPTIONS = {  # of typer itself
    "help": "Hiện trang này.",
    "install_completion": "Cài gợi ý khi bấm phím Tab cho cửa sổ lệnh này.",
    "show_completion": "In đoạn lệnh gợi ý phím Tab, để tự chép.",
}


def _ours(message: str) -> str:
    return WORDS.get(message, message)


typer.core._ = _ours  # its gettext


def split(help_text: str | None) -> tuple[str, list[str]]:
    """(what it does, its examples)"""
    text, _, examples = (help_text or "").partition(EXAMPLES)
    return text.strip(), [line.removeprefix("  ") for line in examples.splitlines() if line.strip()]


class _Page:
    """The page of a command or a group."""

    def format_help(self: Any, ctx: Context, formatter: HelpFormatter) -> None:
        text, examples = split(self.help)
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), "Cách dùng: ")
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(text)
        parts: dict[str, list[tuple[str, str]]] = {"Tham số": [], "Tùy chọn": []}
        for param in self.get_params(ctx):
            parts["Tham số" if param.param_type_name == "argument" else "Tùy chọn"].append(_row(param, ctx))
        commands = ((name, self.get_command(ctx, name)) for name in getattr(self, "commands", ()))
        parts["Lệnh"] = [(name, one_line(command.help)) for name, command in commands if not command.hidden]
        for title, rows in parts.items():
            if rows := [row for row in rows if row[0]]:
                with formatter.section(title):
                    formatter.write_dl(rows)
        if examples:
            with formatter.section(EXAMPLES.rstrip(":")):
                for example in examples:
                    formatter.write(f"  {example}\n")


def one_line(help_text: str | None) -> str:
    """What a command does, on the page of its group."""
    return " ".join(split(help_text)[0].split("\n\n")[0].split())


def _row(param: Parameter, ctx: Context) -> tuple[str, str]:
    if isinstance(param, TyperOption) and param.name in OWN_OPTIONS:
        param.help = OWN_OPTIONS[param.name]
    left, right = param.get_help_record(ctx) or ("", "")
    for theirs, ours in WORDS.items():
        left = left.replace(theirs, ours) if theirs.startswith("<") else left
    return left if param.param_type_name == "option" else left.partition(" <")[0], right


class Command(_Page, TyperCommand):
    """A command with our page."""


class Group(_Page, TyperGroup):
    """A group with our page, and a word for whoever mistypes a command."""

    def resolve_command(self, ctx: Context, args: list[str]) -> Any:
        if not ctx.resilient_parsing and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = _near(args[0], ctx)
            raise wrong.UsageError(f"Không có lệnh “{args[0]}”.{f' Có phải: {near}?' if near else ''}", ctx)
        return super().resolve_command(ctx, args)


class Commands(typer.Typer):
    """An application or group whose commands have our pages."""

    def __init__(self, text: str, **more: Any) -> None:
        super().__init__(
            cls=Group,
            help=text,
            no_args_is_help=True,
            options_metavar=OPTIONS,
            subcommand_metavar="LỆNH …",
            rich_markup_mode=None,
            **more,
        )

    def command(self, name: str | None = None, **more: Any) -> Any:
        return super().command(name, cls=Command, options_metavar=OPTIONS, **more)


def _near(word: str, ctx: Context) -> str:
    """The command of any group that was probably meant, or ""."""
    from difflib import get_close_matches

    root = ctx.find_root()
    here: Any = ctx.command
    known = {name: f"{ctx.command_path} {name}" for name, command in here.commands.items() if not command.hidden}
    top: Any = root.command
    for group_name, group in top.commands.items():
        for name in getattr(group, "commands", ()):
            if not group.commands[name].hidden:
                known.setdefault(name, f"{root.command_path} {group_name} {name}")
    return next((known[found] for found in get_close_matches(word, known, 1)), "")


def sentence(error: wrong.UsageError) -> str:
    """A usage error as one Vietnamese line that says what to do."""
    page = error.ctx.command_path if error.ctx else "tungnha"
    return f"{_what(error)} Cách dùng và ví dụ: {page} --help"


def _what(error: wrong.UsageError) -> str:
    name, about = _named(getattr(error, "param", None))
    match error:
        case wrong.MissingParameter():
            return f"Thiếu {name}{f' ({about})' if about else ''}."
        case wrong.BadParameter():
            kind = "phải là một số" if "integer" in error.message or "range" in error.message else "chưa đúng"
            return f"{name} {kind}{f' ({about})' if about else ''}."
        case wrong.NoSuchOption():
            near = f" Có phải: {', '.join(sorted(error.possibilities))}?" if error.possibilities else ""
            return f"Không có tùy chọn {error.option_name}.{near}"
        case wrong.BadOptionUsage():
            takes = "không nhận giá trị" if "does not take" in error.message else "cần một giá trị theo sau"
            return f"Tùy chọn {error.option_name} {takes}."
    if "extra argument" in error.message:
        extra = error.message.partition("(s) (")[2].rstrip(").")
        return f"Thừa “{extra}”. Tên có dấu cách phải đặt trong ngoặc kép."
    return error.message


def _named(param: Any) -> tuple[str, str]:
    """How a parameter is written, and what it is."""
    if param is None:
        return "tham số", ""
    written = param.opts[0] if param.param_type_name == "option" else param.metavar or param.name
    return written, (getattr(param, "help", "") or "").rstrip(".")
