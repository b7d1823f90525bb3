"""Logs on stderr, and no memory left on a disk."""

from __future__ import annotations

import sys


def logs(level: str) -> None:
    """Logs go to stderr, one line each; below ``level`` nothing."""
    import logging

    import structlog

    number = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper("%Y-%m-%d %H:%M:%S", utc=False),
            # structlog's own choice prints the local variables of every frame: names, addresses, tokens
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)


def no_core_dumps() -> None:
    """A crash must not leave this process's memory, keys and names in it, on a disk."""
    try:
        import ctypes
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE: no collector is handed a dump either (Linux)
    except (ImportError, OSError, ValueError, AttributeError):
        return
