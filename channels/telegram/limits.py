"""Telegram's limits.

About 30 messages a second a bot; two budgets whose sum stays under it: bulk 24/s in the lane's
holder, replies 5/s (channels/gate.py). A 429 met by either stops both through ``lane.not_before``.
"""

from __future__ import annotations

LANE = "telegram:main"
BULK_PER_SECOND = 24.0
REPLIES_PER_SECOND = 5.0
REPLIES_BURST = 3
TEXT_CHARACTERS = 4096
CAPTION_CHARACTERS = 1024
CALLBACK_BYTES = 64
