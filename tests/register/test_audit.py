from typing import Any

import pytest
from sqlmodel import Session, col, select

from register.audit import declare, note, verify
from register.home import Home
from register.tables import AuditEvent


def write_three(home: Home) -> None:
    def three(session: Session) -> None:
        for number in range(3):
            note(session, "lan", "identity_shown", str(number), home.now(), reason="gọi điện hẹn buổi hỗ trợ")

    home.db.write(three)


def test_a_true_log_proves_itself(home: Home) -> None:
    write_three(home)
    with home.db.read() as session:
        proof = verify(session)
    assert (proof.ok, proof.events, proof.first_bad) == (True, 3, None)


@pytest.mark.parametrize("change", [{"actor": "nam"}, {"subject": "9"}, {"detail": {"reason": ""}}, {"hash": "0" * 64}])
def test_a_changed_event_shows(home: Home, change: dict[str, Any]) -> None:
    write_three(home)

    def tamper(session: Session) -> int | None:
        second = session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()[1]
        for name, value in change.items():
            setattr(second, name, value)
        return second.id

    bad = home.db.write(tamper)
    with home.db.read() as session:
        assert (verify(session).ok, verify(session).first_bad) == (False, bad)


def test_a_removed_event_shows(home: Home) -> None:
    write_three(home)
    home.db.write(lambda s: s.delete(s.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()[1]))
    with home.db.read() as session:
        assert not verify(session).ok


def test_only_declared_actions_with_their_exact_keys_are_taken(home: Home) -> None:
    with home.db.read() as session:
        with pytest.raises(ValueError, match="no action"):
            note(session, "lan", "looked_around", "", home.now())
        with pytest.raises(ValueError, match="exactly"):
            note(session, "lan", "identity_shown", "1", home.now(), reason="x", name="Lê Văn Đực")
        with pytest.raises(ValueError, match="exactly"):
            note(session, "lan", "identity_shown", "1", home.now())
    with pytest.raises(ValueError, match="twice"):
        declare("identity_shown", "other")
