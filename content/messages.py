"""What campaigns send: the messages of their steps, and the parameters of Zalo's templates."""

from __future__ import annotations

from datetime import datetime

from content.library import fields_of, library, message
from content.message import Addressee, Message, Place
from content.words import nfc
from register.errors import BadInput
from register.home import VIETNAM

MAX_CHARS = 2_000  # Zalo OA consultation message; Telegram takes 4.096
# Longest values of ZBS parameter kinds: customer name 30, code 30, label 30, address 200.
_NAME, _CODE, _LABEL, _ADDRESS = 30, 30, 30, 200


def addressee_for(
    given_name: str, birth_year: int | None, sex: str | None, now: datetime, elder_age: int = 60
) -> Addressee:
    """How to speak to a person: ông/bà from ``elder_age`` years on or when the age is not known, else anh/chị."""
    age = now.astimezone(VIETNAM).year - birth_year if birth_year else elder_age
    man, woman = ("ông", "bà") if age >= elder_age else ("anh", "chị")
    title = {"nam": man, "nữ": woman}.get(sex or "", f"{man}/{woman}")
    return Addressee(title, nfc(" ".join(given_name.split())))


def first_message(step: str, addressee: Addressee | None, place: Place) -> Message:
    """The message of a campaign's step ("first", "reminder", "session" …), short enough for every channel.

    ``addressee`` is None for a contact that is not linked to exactly one person: nobody is named.
    BadInput: no such step.
    """
    template = library().messages.get(step)
    if template is None:
        known = ", ".join(sorted(library().messages))
        raise BadInput(f"Không có mẫu tin “{step}”. Hãy chọn một trong: {known}.")
    return message(template, fields_of(addressee, place))


def zbs_params(addressee: Addressee | None, place: Place, code: str) -> dict[str, str]:
    """Parameters of the ZBS template "Lịch hỗ trợ tạo tài khoản hưởng An sinh xã hội".

    Without an addressee ``customer_name`` is left out: the twin template without a name is to be used.
    ``place.session`` is "time, place"; without a session the service centre's counter is named.
    """
    when, _, where = place.session.partition(", ")
    params = {
        "ten_xa": place.commune[:_ADDRESS],
        "ma_thong_bao": code[:_CODE],
        "thoi_gian": (when or "trong giờ làm việc")[:_LABEL],
        "dia_diem": (where or place.service_centre)[:_ADDRESS],
    }
    if addressee:
        params["customer_name"] = f"{addressee.title} {addressee.name}".strip()[:_NAME]
    return params
