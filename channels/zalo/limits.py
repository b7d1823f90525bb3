"""Zalo's limits (facts/channels §1.2, §1.7, §4)."""

from __future__ import annotations

from datetime import timedelta

APP_PER_MINUTE = 4_000
BULK_PER_SECOND = 40.0  # 2.400 a minute: leaves two fifths of the app's budget to replies
REPLIES_PER_SECOND = 24.0
REPLIES_BURST = 8
TEXT_CHARACTERS = 2_000  # longer is refused with -210, not cut
BUTTONS = 5
BUTTON_TITLE_CHARACTERS = 100
TRACKING_ID_CHARACTERS = 48
ASSET_LIFE = timedelta(days=7)
IMAGE_BYTES = 1_000_000
EVENT_LIFE = timedelta(days=2)  # retries end after two hours; far shorter than the inbox remembers
FREE_WINDOW = timedelta(hours=48)
TALK_WINDOW = timedelta(days=7)
CS_PRICE_VND = 55  # a consultation message after 48 h, where no package covers it
