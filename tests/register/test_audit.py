from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from register.audit import HEAD, START, _hash, declare, note, verify
from register.home import Home
from register.tables import AuditEvent


def write_three(home: Home) -> None:
    def three(session: Session) -> None:
        for number in range(3):
            note(session, "lan", "identity_shown", str(number), home.now(), reason="call")

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


def test_events_that_changed_places_show(home: Home) -> None:
    write_three(home)

    def swap(session: Session) -> None:
        first, second, _ = session.exec(select(AuditEvent.id).order_by(col(AuditEvent.id))).all()
        for old, new in ((first, -1), (second, first), (-1, second)):
            session.execute(update(AuditEvent).where(col(AuditEvent.id) == old).values(id=new))

    home.db.write(swap)
    with home.db.read() as session:
        assert not verify(session).ok


def test_a_cut_off_tail_shows(home: Home) -> None:
    write_three(home)
    home.db.write(lambda s: s.delete(s.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()[2]))
    with home.db.read() as session:
        assert verify(session).ok  # the chain alone cannot know
        assert (verify(session, home).ok, verify(session, home).cut) == (False, True)
    home.db.write(lambda s: s.execute(delete(AuditEvent)))
    with home.db.read() as session:
        assert not verify(session, home).ok


def test_a_chain_made_anew_shows(home: Home) -> None:
    """SHA-256 is anybody's: whoever may write to the database can make a chain that fits."""
    write_three(home)

    def forge(session: Session) -> None:
        previous = START
        for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all():
            event.actor, event.previous = "nam", previous
            event.hash = previous = _hash(previous, event.at, "nam", event.action, event.subject, event.detail)
            session.add(event)

    home.db.write(forge)
    with home.db.read() as session:
        assert verify(session).ok
        assert verify(session, home).cut


def test_the_last_event_is_kept_sealed_and_nobody_takes_it_away_unseen(home: Home) -> None:
    write_three(home)
    with home.db.read() as session:
        assert verify(session, home).ok
        assert session.exec(select(AuditEvent.hash)).all()[-1].encode() not in (home.path / HEAD).read_bytes()
        for forged in (b"", b"[3, 0]", bytes(200)):
            (home.path / HEAD).write_bytes(forged)
            assert verify(session, home).cut
        (home.path / HEAD).unlink()
        assert verify(session, home).cut


def test_an_event_that_was_rolled_back_is_not_remembered(home: Home) -> None:
    write_three(home)

    def broken(session: Session) -> None:
        note(session, "lan", "signed_in", "lan", home.now())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        home.db.write(broken)
    with home.db.read() as session:
        assert verify(session, home) == verify(session)


@pytest.mark.parametrize("words", ["gọi bà Mai", "ba Mai", "060046303054", "so.0917768030"])
def test_no_sentence_and_no_number_of_a_person_gets_into_a_detail(home: Home, words: str) -> None:
    with home.db.read() as session, pytest.raises(ValueError, match="one word"):
        note(session, "lan", "identity_shown", "1", home.now(), reason=words)


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
