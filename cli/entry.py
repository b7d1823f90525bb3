"""Every error becomes one line and its exit code."""

from __future__ import annotations

import os
import sys

import typer
from typer._click.exceptions import NoArgsIsHelpError, UsageError  # typer carries its own click

from cli.common import app, fail
from cli.logs import logs, no_core_dumps
from register.errors import Problem


def main() -> None:
    """Entry point: turns every error into one line and its exit code."""
    no_core_dumps()
    logs(os.environ.get("TUNGNHA_LOG_LEVEL", "WARNING"))  # `serve` and `worker` say more
    try:
        code = app(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except Problem as error:
        fail(str(error), 2)
    except NoArgsIsHelpError:
        sys.exit(2)  # the help was printed
    except UsageError as error:
        fail(f"Lệnh chưa đúng: {error.format_message()} Xem cách dùng: tungnha --help", 2)
    except (typer.Abort, KeyboardInterrupt):
        fail("Đã dừng.", 1)
    except Exception as error:
        if os.environ.get("TUNGNHA_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        from pydantic import ValidationError

        if isinstance(error, ValidationError):
            names = ", ".join(f"TUNGNHA_{str(e['loc'][0]).upper()}" for e in error.errors())
            fail(f"Thiết lập chưa đúng: {names}. Xem danh sách thiết lập trong README.", 2)
        fail(f"Có lỗi ngoài dự kiến ({type(error).__name__}). Chạy lại với TUNGNHA_LOG_LEVEL=DEBUG để xem chi tiết.", 1)
