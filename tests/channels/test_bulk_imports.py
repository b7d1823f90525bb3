"""The bulk path's process must stay light."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {"aiogram", "telegram", "sklearn"}


def test_bulk_path_imports_no_bot_library():
    code = (
        "import sys, channels.senders, channels.inbox, channels.transport, channels.telegram.poll, channels.sandbox;"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert HEAVY.isdisjoint(loaded.split())
