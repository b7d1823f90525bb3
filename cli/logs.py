"""Logs on stderr, and no memory left on a disk."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime


def logs(level: str, form: str = "text") -> None:
    """Logs go to stderr, one line each; below ``level`` nothing. ``form`` "json": docs/operating.md has the events."""
    import structlog

    as_json = form == "json"
    number = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    # structlog's own choice prints the local variables of every frame: names, addresses, tokens
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    in_json = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper("iso" if as_json else "%Y-%m-%d %H:%M:%S", utc=as_json),
            *(in_json if as_json else [console]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    if as_json:  # what libraries say, as one line each too
        handler.setFormatter(_Line())
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)


class _Line(logging.Formatter):
    """A library's record as one JSON line, its traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        said = {"event": "library", "logger": record.name, "said": record.getMessage()}
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said | {"level": record.levelname.lower(), "timestamp": at}, ensure_ascii=False)


def private_files() -> None:
    """Whatever a command writes, a sheet with names, a backup, the home, is its owner's alone."""
    os.umask(0o077)


def no_core_dumps() -> None:
    """A crash must not leave this process's memory, keys and names in it, on a disk."""
    try:
        import ctypes
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: no collector is handed a dump either (Linux)
    except (ImportError, OSError, ValueError, AttributeError):
        return
