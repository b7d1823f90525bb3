"""Mã hai bước: the six figures of an authenticator app (TOTP, RFC 6238) after the password.

The secret is sealed with the home's keys. A code is taken at its own time and one step of 30 s on either
side (phones' clocks), and only once. Ten recovery codes stand in for a lost phone, each once.
"""

from __future__ import annotations

import io
from datetime import datetime

import pyotp
import segno
from pyotp.utils import strings_equal
from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from register.audit import note
from register.codes import new_code, read_code
from register.errors import BadInput
from register.home import Home
from register.tables import RecoveryCode, SecondStep, Staff

ISSUER = "Từng Nhà"
STEP_S = 30  # RFC 6238, section 5.2
DRIFT_STEPS = 1  # RFC 6238, section 6
SEEN_DRIFT_STEPS = 40  # while setting up, a clock wrong by up to 20 minutes is recognised and told
RECOVERY_CODES = 10
RECOVERY_LENGTH = 10  # of 31 letters: 49 bits
SEALED_AS = "second_step"
CLOCK = "Nếu vẫn sai: vào Cài đặt của điện thoại, mục Ngày giờ, bật Tự động, rồi ghi mã mới."
WRONG = f"Mã chưa đúng hoặc đã hết hạn. Mỗi mã chỉ dùng một lần và đổi sau 30 giây. {CLOCK}"


def needs_second_step(home: Home, role: str) -> bool:
    """Whether this role must have one (setting ``second_step_roles``)."""
    return role in home.settings.second_step_roles.split(",")


def in_force(session: Session, staff: Staff) -> SecondStep | None:
    """The second step that this login is asked for; None when it has none."""
    row = session.get(SecondStep, staff.id)
    return row if row is not None and row.set_at is not None else None


# --- Setting it up -------------------------------------------------------------------------------


def begin(session: Session, home: Home, staff: Staff, browser: bytes = b"") -> str:
    """The secret to be entered in the app; the same one until it is confirmed, for one browser (its token hash).

    Whoever knows the password only must not see, or have seen, what the officer enters in another browser.
    """
    row = session.get(SecondStep, staff.id)
    kept = home.keys.open(row.sealed, SEALED_AS) if row else {"secret": None, "next": None}
    if not kept["next"] or kept.get("for", "") != browser.hex():
        kept |= {"next": pyotp.random_base32(), "for": browser.hex()}
        row = row or SecondStep(staff=staff.id or 0, sealed=b"")
        row.sealed = home.keys.seal(kept, SEALED_AS)
        session.add(row)
        session.flush()
    return str(kept["next"])


def waiting_secret(session: Session, home: Home, staff: Staff, browser: bytes = b"") -> str | None:
    """The secret that waits for its first code in this browser."""
    row = session.get(SecondStep, staff.id)
    kept = home.keys.open(row.sealed, SEALED_AS) if row else {}
    return kept["next"] if kept.get("for", "") == browser.hex() else None


def confirm(session: Session, home: Home, staff: Staff, code: str, now: datetime, browser: bytes = b"") -> list[str]:
    """The first code of the new secret puts it in force. Returns fresh recovery codes, to be shown once.

    BadInput for a wrong one; a code of another time says how far off the phone's clock is.
    """
    secret = waiting_secret(session, home, staff, browser)
    if secret is None:
        raise BadInput("Hãy bắt đầu cài mã hai bước lại từ đầu.")
    step = _step(secret, code, now, SEEN_DRIFT_STEPS)
    if step is None:
        raise BadInput(WRONG)
    off = step - _now_step(now)
    if abs(off) > DRIFT_STEPS:
        minutes = max(1, round(abs(off) * STEP_S / 60))
        raise BadInput(
            f"Đồng hồ điện thoại {'nhanh' if off > 0 else 'chậm'} khoảng {minutes} phút, nên mã không khớp. "
            "Vào Cài đặt của điện thoại, mục Ngày giờ, bật Tự động, rồi ghi mã mới."
        )
    row = session.get_one(SecondStep, staff.id)
    row.sealed = home.keys.seal({"secret": secret, "next": None}, SEALED_AS)
    row.used_step, row.set_at = step, now
    session.add(row)
    note(session, staff.login, "second_step_set", staff.login, now)
    return make_recovery_codes(session, home, staff, now)


def remove(session: Session, staff: Staff, now: datetime, by: str) -> None:
    """Nothing is asked after the password any more (or, where the role needs it, it is set up anew)."""
    session.execute(delete(SecondStep).where(col(SecondStep.staff) == staff.id))
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.staff) == staff.id))
    note(session, by, "second_step_removed", staff.login, now)


# --- Asking for it -------------------------------------------------------------------------------


def check(session: Session, home: Home, staff: Staff, typed: str, now: datetime) -> bool:
    """Whether this is a code of the app or a recovery code; either is used up by it."""
    code = read_code(typed)
    if len(code) == RECOVERY_LENGTH:
        return _use_recovery(session, home, staff, code, now)
    row = session.get(SecondStep, staff.id, with_for_update=True)
    if row is None or row.set_at is None:
        return False
    step = _step(home.keys.open(row.sealed, SEALED_AS)["secret"], code, now, DRIFT_STEPS)
    if step is None or (row.used_step is not None and step <= row.used_step):
        return False
    row.used_step = step
    session.add(row)
    return True


def make_recovery_codes(session: Session, home: Home, staff: Staff, now: datetime) -> list[str]:
    """Ten fresh codes ("ABCDE-FGHJK"), shown once; those before them are void."""
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.staff) == staff.id))
    codes = [new_code(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(lookup=home.keys.lookup("recovery", code), staff=staff.id or 0) for code in codes)
    note(session, staff.login, "recovery_codes_made", staff.login, now)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def recovery_left(session: Session, staff: Staff) -> int:
    """How many recovery codes are still unused."""
    unused = select(func.count()).where(RecoveryCode.staff == staff.id, col(RecoveryCode.used_at).is_(None))
    return session.exec(unused).one()


def _use_recovery(session: Session, home: Home, staff: Staff, code: str, now: datetime) -> bool:
    row = session.get(RecoveryCode, home.keys.lookup("recovery", code), with_for_update=True)
    if row is None or row.staff != staff.id or row.used_at is not None:
        return False
    row.used_at = now
    session.add(row)
    session.flush()
    note(session, staff.login, "recovery_code_used", staff.login, now, left=recovery_left(session, staff))
    return True


def _now_step(now: datetime) -> int:
    return int(now.timestamp()) // STEP_S


def _step(secret: str, typed: str, now: datetime, drift: int) -> int | None:
    """The step whose code this is, within ``drift`` steps of now. Every step is compared, whatever is found."""
    totp, code, found = pyotp.TOTP(secret), read_code(typed), None
    for off in sorted(range(-drift, drift + 1), key=abs, reverse=True):
        step = _now_step(now) + off
        if strings_equal(totp.generate_otp(step), code):
            found = step
    return found


# --- Showing it ----------------------------------------------------------------------------------


def grouped(secret: str) -> str:
    """The secret as one types it: in fours."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def qr_of_secret(secret: str, login: str) -> bytes:
    """The picture that an authenticator app reads (otpauth:), as SVG."""
    return qr_svg(pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


def qr_svg(text: str) -> bytes:
    """A QR code as an SVG file, black on white with its quiet zone; no style of its own."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
    return out.getvalue()
