"""What was filled in wrongly: one sentence for each field, shown beside it and once more on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from register.errors import BadInput

T = TypeVar("T")


class Faults(dict[str, str]):
    """field → what to do about it. Empty: the form can be taken.

    faults = Faults()
    name = faults.read("ten", lambda: named(session, commune, ten), ten)
    """

    def read(self, field: str, fn: Callable[[], T], otherwise: Any = None) -> T | Any:
        """What ``fn`` makes of the field; ``otherwise`` where it raises BadInput, which is noted."""
        try:
            return fn()
        except BadInput as error:
            self.setdefault(field, str(error))
            return otherwise
