"""aiogram's calls over our own lines: what a reply needs, at a fraction of its client's work.

    bot = Bot(token, session=LineSession(api=TelegramAPIServer.from_base(base)))

A method without files goes as JSON over channels.transport; uploads go aiogram's own way, as a form. Answers and
errors are read by aiogram as ever, so the door sees the same exceptions.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import AnswerCallbackQuery, SendMessage, SendPhoto, SendVoice, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Message
from aiohttp import ClientConnectorError, ConnectionTimeoutError

from channels.transport import Answer, NotSent, Transport


class NotLeft(TelegramNetworkError):
    """No connection was made: nothing left this machine, and it may go later."""


# What came of it. Nobody looks at the sent message: to read it costs as much as to send it.
_SENT: Any = cast(Any, Message).model_construct()
_DONE: dict[type, Any] = {SendMessage: _SENT, SendPhoto: _SENT, SendVoice: _SENT, AnswerCallbackQuery: True}


def _without_file(method: TelegramMethod[Any]) -> bool:
    """A file that is known by its id is a word of JSON as any other."""
    if isinstance(method, SendPhoto):
        return isinstance(method.photo, str)
    if isinstance(method, SendVoice):
        return isinstance(method.voice, str)
    return isinstance(method, SendMessage | AnswerCallbackQuery)


class LineSession(AiohttpSession):
    """aiogram's session; messages and answered presses take the short way."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._transport = Transport()

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 — aiogram's signature
    ) -> TelegramType:
        """Make one request; raises aiogram's own errors."""
        if not _without_file(method):
            try:
                return await super().make_request(bot, method, timeout)
            except TelegramNetworkError as error:
                if isinstance(error.__cause__ or error.__context__, ClientConnectorError | ConnectionTimeoutError):
                    raise NotLeft(method=cast(Any, method), message="connect") from None
                raise
        made: Any = method
        fields = method.model_dump(exclude_none=True, exclude_defaults=True, warnings=False)
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        reply = await self._transport.post_json(url, fields)
        if isinstance(reply, NotSent):
            raise NotLeft(method=made, message=reply.code)
        if not isinstance(reply, Answer):
            raise TelegramNetworkError(method=made, message=reply.code)
        if reply.status == HTTPStatus.OK and isinstance(reply.body, dict) and reply.body.get("ok"):
            return cast(TelegramType, _DONE[type(method)])
        response: Any = self.check_response(bot, made, reply.status, orjson.dumps(reply.body).decode())
        return cast(TelegramType, response.result)

    async def close(self) -> None:
        """Close the lines, and aiogram's client."""
        await self._transport.close()
        await super().close()
