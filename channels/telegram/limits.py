"""Telegram's limits.

About 30 messages a second a bot, in any second; two budgets that stay under it whatever the line does:
bulk 24/s in at most 25 places, replies 4/s in 4 (channels/gate.py says why that is a proof). The places cost
pace where answers are slow: bulk keeps 98 % of it up to 60 ms, 20 a second are left at 250 ms.
A 429 met by either all the same stops both (``lane.not_before``, ``lane.rest_until``).
"""

from __future__ import annotations

LANE = "telegram:main"
BULK_PER_SECOND = 24.0
BULK_PLACES = 25
REPLIES_PER_SECOND = 4.0
REPLIES_BURST = 1
REPLIES_PLACES = 4
TEXT_CHARACTERS = 4096
CAPTION_CHARACTERS = 1024
CALLBACK_BYTES = 64
