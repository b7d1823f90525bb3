"""Every error becomes one line and its exit code."""

from __future__ import annotations

import io
import os
import sys
from errno import ENOSPC

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError  # typer carries its own click

from cli.common import app, fail
from cli.help import sentence
from cli.logs import logs, no_core_dumps, private_files
from register.errors import REASONS, Problem, reason

STOPPED = 130  # what typer makes of Ctrl-C


def main() -> None:
    """Entry point: turns every error into one line and its exit code."""
    try:
        no_core_dumps()
        private_files()
        speak_utf8()
        logs(os.environ.get("TUNGNHA_LOG_LEVEL", "WARNING"))  # `serve` and `worker` say more
        code = app(prog_name="tungnha", standalone_mode=False)
        if code == STOPPED:
            raise KeyboardInterrupt
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except Problem as error:
        fail(str(error), 2)
    except NoArgsIsHelpError as error:  # its text is the help
        print(error.format_message(), file=sys.stderr)
        sys.exit(2)
    except UsageError as error:
        fail(sentence(error), 2)
    except (typer.Abort, KeyboardInterrupt):
        fail("Đã dừng.", 1)
    except BrokenPipeError:  # `tungnha … | head` has read enough
        leave_unwritten()
        sys.exit(1)
    except Exception as error:
        leave_unwritten()
        if os.environ.get("TUNGNHA_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        fail(*told(error))


def told(error: Exception) -> tuple[str, int]:
    """What to say of an error that nobody foresaw, and the exit code."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        names = ", ".join(f"TUNGNHA_{str(e['loc'][0]).upper()}" for e in error.errors())
        return f"Thiết lập chưa đúng: {names}. Xem danh sách thiết lập trong README.", 2
    if isinstance(error, OSError) and error.errno in REASONS:
        who = " Hãy chạy bằng đúng người dùng, hoặc sửa quyền." if isinstance(error, PermissionError) else ""
        code = 1 if error.errno == ENOSPC else 2
        return f"Không đọc hoặc ghi được {error.filename or 'tệp'}: {reason(error)}.{who}", code
    if isinstance(error, UnicodeDecodeError):
        return "Tệp không phải chữ UTF-8. Hãy lưu lại tệp bằng bảng mã UTF-8.", 2
    name = type(error).__name__
    return f"Có lỗi ngoài dự kiến ({name}). Chạy lại với TUNGNHA_LOG_LEVEL=DEBUG để xem chi tiết.", 1


def leave_unwritten() -> None:
    """What stdout did not take is not tried again, with a traceback, at the very end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def speak_utf8() -> None:
    """Vietnamese in and out also where the locale knows no Vietnamese (LANG=C, cp1252); each line as soon as it is."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed: `tungnha … >&-`
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=name == "stdout")
