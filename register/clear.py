"""Texts that lie in the clear hold no citizen id and no mobile number, whoever wrote them and by whichever door.

They are titles, numbers of documents and places: officers' words, printed on papers that are posted. A name cannot be
told from other words; a number can, and with it most rows that were pasted by mistake. Nor is any of them a book:
every page and paper that shows it would become one. Pure: the child that reads lists needs no database for it;
``register.clear_rows`` looks at what is stored.
"""

from __future__ import annotations

import re
from itertools import pairwise

from register.words import begins_with_family

# table → columns
CLEAR = {
    "source": ("issuer", "document", "purpose"),
    "campaign": ("name",),
    "announcement": ("document",),
    "bulletin": ("title",),
    "help_session": ("place",),
    "inquiry": ("office", "document"),
    "unit": ("name",),
}
LETTERS = 300  # of any of them
_CITIZEN_ID = r"0\d{11}"
_MOBILE = r"(?:0|\+?84)[ .]?[35789]\d(?:[ .]?\d){7}"
_NUMBER = re.compile(rf"(?<!\d)(?:{_CITIZEN_ID}|{_MOBILE})(?!\d)")
REFUSED = (
    "Chỗ này không được mã hóa: xin đừng ghi số định danh hoặc số di động của người dân. Hãy bỏ số đó ra rồi làm lại."
)
TOO_LONG = f"Chỗ này ghi dài quá: xin ghi nhiều nhất {LETTERS} ký tự."


def holds_number(text: str) -> bool:
    """Whether a text holds a citizen id or a mobile number."""
    return _NUMBER.search(text) is not None


def names_somebody(text: str) -> bool:
    """Whether a text seems to hold a name: a family's, in capitals, with others behind it ("… liệt sĩ Lê Văn Tám")."""
    words = text.split()[1:]  # a text begins with a capital anyway
    return any(one[:1].isupper() and begins_with_family(one) and after[:1].isupper() for one, after in pairwise(words))
