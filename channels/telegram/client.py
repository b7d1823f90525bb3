"""The bulk path's Telegram client: JSON over the shared transport. Conversations go by aiogram."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from channels.telegram.limits import CALLBACK_BYTES, TEXT_CHARACTERS
from channels.transport import BotMethods, Reply
from content.message import Message

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]


@lru_cache(maxsize=512)  # a campaign says the same to many
def message_fields(message: Message) -> dict[str, Any]:
    """Text and inline keyboard, one button a row: a thumb must not miss.

    Raises ValueError when the message cannot be sent by Telegram at all.
    """
    text = unicodedata.normalize("NFC", message.text)
    if not 0 < len(text) <= TEXT_CHARACTERS:
        raise ValueError("text_length")
    if any(len(button.id.encode()) > CALLBACK_BYTES for button in message.buttons):
        raise ValueError("button_id")
    fields: dict[str, Any] = {"text": text}
    if message.buttons:
        rows = [[{"text": button.title, "callback_data": button.id}] for button in message.buttons]
        fields["reply_markup"] = {"inline_keyboard": rows}
    return fields


class TelegramClient(BotMethods):
    """Calls of one bot."""

    async def send(self, chat: str, fields: dict[str, Any]) -> Reply:
        """sendMessage with what ``message_fields`` made."""
        return await self.call("sendMessage", chat_id=chat, **fields)

    async def set_webhook(self, url: str, secret: str) -> Reply:
        """Have updates posted to ``url`` with the secret header."""
        return await self.call("setWebhook", url=url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)

    async def get_updates(self, offset: int, timeout_s: int = 25) -> Reply:
        """Long poll for the next updates; an offset confirms all below it."""
        return await self.call("getUpdates", offset=offset, timeout=timeout_s, allowed_updates=ALLOWED_UPDATES)
