"""Importing this file fills SQLModel.metadata with the tables of every room."""

from __future__ import annotations

import audio.tables  # noqa: F401
import bot.tables  # noqa: F401
import campaigns.tables  # noqa: F401
import channels.tables  # noqa: F401
import content.tables  # noqa: F401
import register.tables  # noqa: F401
