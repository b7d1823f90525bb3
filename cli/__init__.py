"""The command ``tungnha``. Exit codes: 0 done; 2 bad input or usage, one line; 1 anything else.

A file for each group of commands; their order here is the order of the help. Commands import what they need
when they run: ``tungnha --help`` answers at once.
"""

# isort: off
from cli import running, register, campaign, channel, bot, content, audio, report, staff, keeping, bench  # noqa: F401
from cli.common import app
from cli.entry import main

__all__ = ["app", "main"]
