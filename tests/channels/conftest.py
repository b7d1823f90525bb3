"""A sandbox on 127.0.0.1 and a home whose settings point at it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.sandbox import Sandbox
from channels.transport import Transport
from register.home import Home


class Ticks:
    """Seconds of a clock that only tests move."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def sandbox(clock, ticks) -> AsyncIterator[Sandbox]:
    box = Sandbox(clock, ticks=ticks)
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    made = Transport(answer_timeout_s=5)
    yield made
    await made.close()


@pytest.fixture
def wired(home: Home, sandbox: Sandbox) -> Home:
    """The home, on each database, set up for the sandbox."""
    home.settings = home.settings.model_validate(home.settings.model_dump() | sandbox.settings())
    return home
