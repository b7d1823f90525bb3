"""Telegram's limits.

About 30 messages a second a bot, in any second; two budgets that stay under it also when both are used
to the full: bulk 24/s in the lane's holder (25 in the worst second), replies 4/s (channels/gate.py; 5).
Both are counted as messages leave. Held up on the way by a tenth of a second and more, they may arrive closer
together: a 429 met by either stops both through ``lane.not_before``.
"""

from __future__ import annotations

LANE = "telegram:main"
BULK_PER_SECOND = 24.0
REPLIES_PER_SECOND = 4.0
REPLIES_BURST = 1
TEXT_CHARACTERS = 4096
CAPTION_CHARACTERS = 1024
CALLBACK_BYTES = 64
