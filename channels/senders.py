"""One sender for each lane that is set up: a message in, one Outcome out.

To add a channel: a folder with client.py, errors.py, webhook.py and limits.py, a Sender here, a line in
inbox.WEBHOOKS, its settings, and a simulator in sandbox/. Nothing else below the bot knows providers.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from channels.errors import LINE_DOWN_S, body_of, dict_of
from channels.outcome import Accepted, Later, Lost, Outcome, Refused
from channels.telegram.client import TelegramClient
from channels.telegram.client import message_fields as telegram_fields
from channels.telegram.errors import outcome_of
from channels.transport import Reply, Transport
from channels.zalo.client import ZaloClient
from channels.zalo.client import message_fields as zalo_fields
from channels.zalo.errors import WINDOW_CLOSED, error_code, oa_outcome, zbs_outcome
from channels.zalo.limits import CS_PRICE_VND
from channels.zalo.oauth import Tokens, is_linked
from channels.zalo_bot.client import ZaloBotClient
from channels.zalo_bot.errors import outcome_of as bot_outcome
from channels.zalo_bot.limits import TEXT_CHARACTERS
from content.message import Message
from register.home import Home

TEMPLATE_KEPT = timedelta(hours=6)  # prices and parameters of a template are read again after this
NAME_PARAMETER = "customer_name"  # only the template for a known person has it
TRACKING = "tracking_id"
SHAPE = (AttributeError, KeyError, OverflowError, TypeError, ValueError)  # of a template that says strange things


class Sender(Protocol):
    """A lane's way out. ``address``: chat id, Zalo user id, or phone as the channel needs."""

    channel: str
    lane: str

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        """Send one message once. Never raises for what a provider or the line may do."""
        ...

    async def price(self) -> int | None:
        """The most that one message costs, in VND; None: the provider did not say."""
        ...


class TelegramSender:
    """Bulk messages of the citizens' bot. Takes no params."""

    channel, lane = "telegram", "telegram:main"

    def __init__(self, home: Home, client: TelegramClient) -> None:
        self._home, self.client = home, client

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        try:
            fields = telegram_fields(message)
        except ValueError as error:
            return Refused("payload", str(error))
        return outcome_of(await self.client.send(address, fields), self._home.now())

    async def price(self) -> int | None:
        return 0


@dataclass(frozen=True)
class Template:
    """A ZBS template as Zalo describes it. Prices in VND without VAT."""

    id: str
    parameters: dict[str, tuple[bool, int]]  # name → (required, longest value in characters)
    price_user: int
    price_phone: int

    def problem(self, data: dict[str, str]) -> str:
        """Zalo's own code for what is wrong with ``data``, or ""."""
        for name, (required, longest) in self.parameters.items():
            if required and not data.get(name):
                return "-1122"
            if len(data.get(name, "")) > longest:
                return "-1121"
        return ""


class Templates:
    """The two templates of the first message: with the person's name, and its twin without."""

    def __init__(self, home: Home, client: ZaloClient) -> None:
        self._home, self._client = home, client
        self._known: dict[str, tuple[datetime, Template]] = {}

    async def prepare(self, params: dict[str, str]) -> tuple[Template, dict[str, str]] | Outcome:
        """The template that fits ``params`` and its data, or why there is none. Nothing is sent."""
        settings = self._home.settings
        number = settings.zalo_template_id if params.get(NAME_PARAMETER) else ""
        number = number or settings.zalo_template_id_unnamed
        if not number:
            return Refused("config", "no_template")
        template = await self._read(number)
        if not isinstance(template, Template):
            return template
        data = {name: str(params[name]) for name in template.parameters if name in params}
        problem = template.problem(data)
        return Refused("payload", problem) if problem else (template, data)

    async def prices(self, number: str) -> tuple[int, int] | None:
        """(to a user id, to a phone) of one template; None when there is none or Zalo does not answer."""
        template = await self._read(number) if number else None
        return (template.price_user, template.price_phone) if isinstance(template, Template) else None

    async def _read(self, number: str) -> Template | Outcome:
        now = self._home.now()
        if number in self._known and self._known[number][0] > now - TEMPLATE_KEPT:
            return self._known[number][1]
        reply = await self._client.template_info(number)
        outcome = zbs_outcome(reply, now)
        if isinstance(outcome, Lost):  # the question got lost, not a message
            return Later(now + timedelta(seconds=LINE_DOWN_S), outcome.code)
        if not isinstance(outcome, Accepted):
            return outcome
        try:
            template = _template(number, dict_of(body_of(reply).get("data")))
        except SHAPE:
            return Later(now + timedelta(seconds=LINE_DOWN_S), "template_shape")
        self._known[number] = (now, template)
        return template


def _template(number: str, data: dict[str, Any]) -> Template:
    price = float(data.get("price") or 0)
    return Template(
        number,
        {p["name"]: (bool(p.get("require")), int(p.get("maxLength") or 400)) for p in data.get("listParams", [])},
        round(float(data.get("price_uid") or price)),
        round(float(data.get("price_sdt") or price)),
    )


class ZaloSender:
    """The Official Account: a consultation message, or the template once the window is closed.

    ``params`` are the template's (content.messages.zbs_params); without them there is no fall-back.
    """

    channel, lane = "zalo", "zalo:main"

    def __init__(self, home: Home, client: ZaloClient, templates: Templates) -> None:
        self._home, self.client, self._templates = home, client, templates

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        try:
            fields = zalo_fields(message)
        except ValueError as error:
            return Refused("payload", str(error))
        reply = await self.client.talk(address, fields)
        if params is None or error_code(reply) not in WINDOW_CLOSED:
            return oa_outcome(reply, self._home.now(), _talk_price(reply))
        prepared = await self._templates.prepare(params)
        if not isinstance(prepared, tuple):
            return prepared
        template, data = prepared
        reply = await self.client.template_to_user(address, template.id, data)
        return oa_outcome(reply, self._home.now(), template.price_user)

    async def price(self) -> int | None:
        """Whatever is dearer: talking after 48 h, or the template, with the person's name or without."""
        settings = self._home.settings
        found = [
            await self._templates.prices(n) for n in (settings.zalo_template_id, settings.zalo_template_id_unnamed)
        ]
        return max([CS_PRICE_VND, *(to_user for to_user, _ in filter(None, found))])


class ZbsSender:
    """ZBS templates to a phone. ``params``: the template's, and ``tracking_id`` if the ledger has one."""

    channel, lane = "zbs", "zbs:main"

    def __init__(self, home: Home, client: ZaloClient, templates: Templates) -> None:
        self._home, self.client, self._templates = home, client, templates

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        params = params or {}
        prepared = await self._templates.prepare(params)
        if not isinstance(prepared, tuple):
            return prepared
        template, data = prepared
        tracking_id = params.get(TRACKING) or secrets.token_hex(8)
        reply = await self.client.template_to_phone(address, template.id, data, tracking_id)
        return zbs_outcome(reply, self._home.now(), template.price_phone)

    async def price(self) -> int | None:
        found = await self._templates.prices(self._home.settings.zalo_template_id_unnamed)
        return found[1] if found else None


class ZaloBotSender:
    """The Bot Platform: only people who wrote to the bot first. No buttons there: they become lines of text."""

    channel, lane = "zalo_bot", "zalo_bot:main"

    def __init__(self, home: Home, client: ZaloBotClient) -> None:
        self._home, self.client = home, client

    async def send(self, address: str, message: Message, params: dict[str, str] | None = None) -> Outcome:
        lines = [message.text, *(f"• {button.title}" for button in message.buttons)]
        text = unicodedata.normalize("NFC", "\n".join(lines))
        if not 0 < len(text) <= TEXT_CHARACTERS:
            return Refused("payload", "text_length")
        return bot_outcome(await self.client.send(address, text), self._home.now())

    async def price(self) -> int | None:
        return 0


def _talk_price(reply: Reply | Outcome) -> int:
    """What a consultation message cost: nothing within 48 h or out of a package."""
    quota = dict_of(dict_of(body_of(reply).get("data")).get("quota"))
    return CS_PRICE_VND if quota.get("quota_type") == "purchase_quota" else 0


def build_senders(home: Home, transport: Transport) -> dict[str, Sender]:
    """The senders of all lanes that are set up, by lane: telegram:main, zalo:main, zbs:main, zalo_bot:main."""
    settings = home.settings
    senders: list[Sender] = []
    if token := settings.telegram_token.get_secret_value():
        senders.append(TelegramSender(home, TelegramClient(transport, settings.telegram_api_base, token)))
    client = zalo_client(home, transport)
    if client is not None:
        templates = Templates(home, client)
        senders.append(ZaloSender(home, client, templates))
        if settings.zalo_template_id or settings.zalo_template_id_unnamed:
            senders.append(ZbsSender(home, client, templates))
    if token := settings.zalo_bot_token.get_secret_value():
        senders.append(ZaloBotSender(home, ZaloBotClient(transport, settings.zalo_bot_base, token)))
    return {sender.lane: sender for sender in senders}


def zalo_client(home: Home, transport: Transport) -> ZaloClient | None:
    """The Official Account's client, or None where it is not set up or was never linked."""
    settings = home.settings
    app_secret = settings.zalo_app_secret.get_secret_value()
    if not settings.zalo_app_id or not app_secret:
        return None
    if not settings.zalo_refresh_token.get_secret_value():
        with home.db.read() as session:
            if not is_linked(session):
                return None
    return ZaloClient(
        transport,
        Tokens(home, transport),
        openapi_base=settings.zalo_openapi_base,
        business_base=settings.zalo_business_base,
        app_secret=app_secret,
    )


async def renew_tokens(senders: dict[str, Sender]) -> None:
    """For the scheduler, twice a day: renew Zalo's tokens well before they end."""
    zalo = senders.get(ZaloSender.lane)
    if isinstance(zalo, ZaloSender):
        await zalo.client.tokens.renew_early()
