"""Thin client of the Zalo Bot Platform (bot-api.zaloplatforms.com). The token is in the path."""

from __future__ import annotations

from channels.transport import BotMethods, Reply


class ZaloBotClient(BotMethods):
    """Calls of one bot."""

    async def send(self, chat: str, text: str) -> Reply:
        """A text to a chat whose id is known because its owner wrote first."""
        return await self.call("sendMessage", chat_id=chat, text=text)

    async def send_photo(self, chat: str, photo: str, caption: str) -> Reply:
        """A picture, which the platform fetches from the address ``photo``."""
        return await self.call("sendPhoto", chat_id=chat, photo=photo, caption=caption)

    async def send_voice(self, chat: str, voice_url: str) -> Reply:
        """A reading, fetched from an address that ends in .aac; to one person only, never to a group."""
        return await self.call("sendVoice", chat_id=chat, voice_url=voice_url)

    async def get_update(self, timeout_s: int) -> Reply:
        """Long poll for the next event: one object. Nothing came: 408. There is no way to confirm one."""
        return await self.call("getUpdates", timeout=str(timeout_s))

    async def set_webhook(self, url: str, secret: str) -> Reply:
        """Have events posted to ``url``; ``secret`` 8–256 characters."""
        return await self.call("setWebhook", url=url, secret_token=secret)
