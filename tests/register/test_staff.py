import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest
from sqlmodel import Session, col, select

from register import second_step, words
from register.entering import (
    FAILURES,
    IDLE,
    SESSION_LIFE,
    From,
    SignedIn,
    _address_key,
    give_code,
    new_device,
    open_session,
    sign_in,
    sign_out,
    viewer_of,
)
from register.errors import BadInput, NotAllowed
from register.home import Clock, Home
from register.rotation import rotate_keys
from register.staff import (
    ROLES,
    Viewer,
    add_staff,
    close_staff,
    manages,
    move_staff,
    person_for,
    scope,
    set_password,
    staff_named,
    staff_scope,
)
from register.tables import AuditEvent, Person, SecondStep, Staff, StaffSession, Unit
from register.units import hamlet_named

PASSWORD = "mot mat khau dai"


@pytest.fixture
def lan(home: Home) -> str:
    home.db.write(lambda s: add_staff(s, "Lan", "Trần Thị Lan", "radio", "22945", PASSWORD, home.now()))
    return "lan"


def enter(home: Home, login: str, password: str = PASSWORD) -> SignedIn | None:
    return sign_in(home, login, password, home.now())


def test_an_officer_signs_in_and_out(home: Home, lan: str) -> None:
    opened = enter(home, " LAN ")
    assert opened
    with home.db.read() as session:
        viewer = viewer_of(session, opened.token, home.now())
        assert viewer == opened.viewer
        assert (viewer.login, viewer.role, viewer.unit) == ("lan", "radio", "22945")
        assert viewer_of(session, opened.token, home.now() + IDLE) is None
        assert viewer_of(session, opened.token, home.now() + SESSION_LIFE, 2 * SESSION_LIFE) is None
        assert viewer_of(session, opened.token, home.now() + IDLE, 2 * IDLE)
        assert viewer_of(session, "other", home.now()) is None
        stored = session.exec(select(StaffSession)).one()
        assert opened.token.encode() not in stored.token_hash
        assert session.exec(select(Staff)).one().password.startswith("$argon2id$")
    home.db.write(lambda s: sign_out(s, opened.token, home.now()))
    with home.db.read() as session:
        assert viewer_of(session, opened.token, home.now()) is None


def test_who_signs_out_after_a_pause_that_the_setting_allows_is_in_the_log(home: Home, lan: str, clock: Clock) -> None:
    opened = enter(home, lan)
    assert opened
    clock.advance(IDLE)
    home.db.write(lambda s: sign_out(s, opened.token, home.now(), 2 * IDLE))
    with home.db.read() as session:
        assert session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))).all()[-1] == "signed_out"


def test_wrong_passwords_close_the_login_for_a_while(home: Home, lan: str, clock) -> None:  # type: ignore[no-untyped-def]
    assert enter(home, "nobody") is None
    for _ in range(FAILURES):
        assert enter(home, lan, "sai mat khau") is None
    with pytest.raises(BadInput, match="15 phút"):
        enter(home, lan)
    clock.advance(timedelta(minutes=16))
    assert enter(home, lan)


def test_a_new_password_ends_open_sessions(home: Home, lan: str) -> None:
    opened = enter(home, lan)
    assert opened
    home.db.write(lambda s: set_password(s, lan, "mat khau moi dai", home.now()))
    with home.db.read() as session:
        assert viewer_of(session, opened.token, home.now()) is None
    assert enter(home, lan) is None
    assert enter(home, lan, "mat khau moi dai")


@pytest.mark.parametrize(
    ("login", "role", "unit", "password"),
    [
        ("lan", "officer", "22945", PASSWORD),
        ("nam", "boss", "22945", PASSWORD),
        ("nam", "officer", "68", PASSWORD),
        ("nam", "volunteer", "22945", PASSWORD),
        ("nam", "province", None, PASSWORD),
        ("nam", "officer", "22945", "ngan"),
        ("nam", "officer", "22945", "aaaaaaaaaaaa"),
        ("nam.thanh", "officer", "22945", "nam.thanh12"),
        ("nam", "officer", "22945", "matkhau123"),
        ("nam lê", "officer", "22945", PASSWORD),
    ],
)
def test_a_wrong_login_is_refused(home: Home, lan: str, login: str, role: str, unit: str, password: str) -> None:
    with pytest.raises(BadInput):
        home.db.write(lambda s: add_staff(s, login, "Nam", role, unit, password, home.now()))


def test_each_role_sees_its_own_persons(home: Home, add_person: Callable[..., int]) -> None:
    here = add_person("060046303054")
    next_door = add_person("060139001068", hamlet="Khu phố 2")
    with home.db.read() as session:
        province = session.get_one(Unit, "22945").parent
        far = session.exec(select(Unit.code).where(Unit.kind == "commune", Unit.parent != province)).first()
    elsewhere = add_person("060139001071", commune=str(far))

    def seen(role: str, unit: str | None) -> set[int | None]:
        with home.db.read() as session:
            return set(session.exec(scope(Viewer("x", role, unit), select(Person.id))).all())

    assert seen("owner", None) == {here, next_door, elsewhere}
    assert seen("province", province) == seen("officer", "22945") == seen("approver", "22945") == {here, next_door}
    assert seen("volunteer", "22945-01") == {here}
    for role, unit in [("radio", "22945"), ("auditor", None), ("officer", None), ("guest", "22945")]:
        assert seen(role, unit) == set()
    with home.db.read() as session:
        officer = Viewer("x", "officer", "22945")
        assert person_for(session, officer, here).id == here
        with pytest.raises(NotAllowed):
            person_for(session, officer, elsewhere)
        joined = select(Unit.name).join(Person, col(Person.hamlet) == Unit.code)
        assert len(session.exec(scope(officer, joined)).all()) == 2
        with pytest.raises(ValueError, match="person"):
            scope(officer, select(Unit))


def test_a_password_is_the_same_however_the_keyboard_writes_it(home: Home, lan: str) -> None:
    home.db.write(lambda s: set_password(s, lan, unicodedata.normalize("NFD", "cây cầu gỗ cũ"), home.now()))
    assert enter(home, lan, "cây cầu gỗ cũ")


def test_who_makes_and_changes_whom(home: Home) -> None:
    hamlet, foreign = home.db.write(
        lambda s: (hamlet_named(s, "22945", "Khu phố 1"), hamlet_named(s, "22918", "Khu phố 1"))
    )
    with home.db.read() as session:
        far = session.exec(select(Unit.code).where(Unit.kind == "commune", Unit.parent == "01")).first()
        units = {"officer": "22945", "approver": "22945", "province": "68", "volunteer": hamlet, "radio": "22945"}

        def may(role: str) -> set[str]:
            viewer = Viewer("x", role, units.get(role))
            return {other for other in ROLES if manages(session, viewer, other, units.get(other))}

        assert may("owner") == set(ROLES)
        assert may("officer") == {"volunteer", "radio"}
        assert may("province") == {"officer", "approver"}
        assert may("approver") == may("radio") == may("volunteer") == may("auditor") == set()
        officer, province = Viewer("x", "officer", "22945"), Viewer("x", "province", "68")
        assert not manages(session, officer, "volunteer", foreign)
        assert not manages(session, officer, "radio", "22918")
        assert not manages(session, officer, "radio", None)
        assert not manages(session, province, "officer", far)


def test_each_viewer_knows_of_the_logins_of_the_own_unit_only(home: Home) -> None:
    def add(session: Session) -> None:
        places = {"a": "22945", "b": "22918", "c": hamlet_named(session, "22945", "Khu phố 1")}
        places["d"] = hamlet_named(session, "22918", "Khu phố 1")
        for login, unit in places.items():
            add_staff(session, login, login, "volunteer" if "-" in unit else "officer", unit, "", home.now())
        add_staff(session, "e", "e", "province", "68", "", home.now())
        add_staff(session, "f", "f", "owner", None, "", home.now())

    home.db.write(add)
    with home.db.read() as session:

        def known(role: str, unit: str | None) -> str:
            return "".join(sorted(session.exec(staff_scope(Viewer("x", role, unit), select(Staff.login))).all()))

        assert known("owner", None) == known("auditor", None) == "abcdef"
        assert known("province", "68") == "abcde"
        assert known("province", "01") == ""
        assert known("officer", "22945") == known("approver", "22945") == "ac"
        assert known("volunteer", "22945-01") == known("radio", "22945") == ""


def test_closing_and_moving_end_sessions_and_keep_an_owner(home: Home, lan: str) -> None:
    opened = enter(home, lan)
    assert opened
    home.db.write(lambda s: move_staff(s, staff_named(s, lan), "officer", "22945", home.now(), "chủ"))
    with home.db.read() as session:
        assert viewer_of(session, opened.token, home.now()) is None
    again = enter(home, lan)
    assert again
    assert again.waits_for == "enrol"  # the new role must have a second step
    home.db.write(lambda s: add_staff(s, "chu", "Chủ", "owner", None, "", home.now()))
    for change in (
        lambda s: close_staff(s, staff_named(s, "chu"), home.now(), "x"),
        lambda s: move_staff(s, staff_named(s, "chu"), "officer", "22945", home.now(), "x"),
    ):
        with pytest.raises(BadInput, match="duy nhất"):
            home.db.write(change)
    home.db.write(lambda s: close_staff(s, staff_named(s, lan), home.now(), "chu"))
    assert enter(home, lan) is None


def set_up(home: Home, login: str) -> str:
    """A second step in force; returns its secret."""

    def write(session: Session) -> str:
        staff = staff_named(session, login)
        secret = second_step.begin(session, home, staff)
        assert second_step.begin(session, home, staff) == secret
        second_step.confirm(session, home, staff, pyotp.TOTP(secret).at(home.now()), home.now())
        return secret

    return home.db.write(write)


def test_a_second_step_outlives_the_change_of_keys(home: Home, lan: str, clock: Clock) -> None:
    secret = set_up(home, lan)
    with home.db.read() as session:
        before = session.exec(select(SecondStep.sealed)).one()
    rotate_keys(home, home.now())
    with home.db.read() as session:
        assert session.exec(select(SecondStep.sealed)).one() != before
    clock.advance(timedelta(minutes=1))
    opened = enter(home, lan)
    assert opened
    assert opened.waits_for == "code"
    assert give_code(home, opened.token, "000000", home.now()) is None
    done = give_code(home, opened.token, pyotp.TOTP(secret).at(home.now()), home.now())
    assert done
    assert not done.waits_for


def test_a_code_of_the_set_up_is_not_taken_again(home: Home, lan: str) -> None:
    secret = set_up(home, lan)
    opened = enter(home, lan)
    assert opened
    assert give_code(home, opened.token, pyotp.TOTP(secret).at(home.now()), home.now()) is None


@pytest.mark.parametrize("login", ["system", "Tungnha", "chat"])
def test_nobody_is_called_as_the_log_calls_the_machine(home: Home, login: str) -> None:
    with pytest.raises(BadInput):
        home.db.write(lambda s: add_staff(s, login, "Lê Văn Bốn", "owner", None, "", home.now()))


def test_long_words_of_strangers_are_not_remembered() -> None:
    before = words._fold.cache_info()
    assert words.fold("Đ" * 100_000) == "d" * 100_000
    assert words._fold.cache_info() == before


def test_many_guesses_at_once_are_no_way_around_the_limit(home: Home, lan: str) -> None:
    def guess(_: int) -> str:
        try:
            return "wrong" if enter(home, lan, "sai mat khau") is None else "in"
        except BadInput:
            return "closed"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count("wrong") == FAILURES
    assert answers.count("closed") == 12 - FAILURES


def test_a_known_browser_is_counted_by_itself_and_a_household_by_its_network(home: Home, lan: str) -> None:
    device = new_device(home, lan)
    for _ in range(FAILURES):
        assert sign_in(home, lan, "sai mat khau", home.now(), From("203.0.113.5")) is None
    with pytest.raises(BadInput):
        sign_in(home, lan, PASSWORD, home.now(), From("203.0.113.6"))
    with pytest.raises(BadInput):
        sign_in(home, lan, PASSWORD, home.now(), From("203.0.113.6", new_device(home, "minh")))
    assert sign_in(home, lan, PASSWORD, home.now(), From("203.0.113.5", device))
    assert _address_key(home, "2001:db8::1") == _address_key(home, "2001:db8::2")
    assert _address_key(home, "2001:db8::1") != _address_key(home, "2001:db8:0:1::1")


def test_a_session_that_waits_is_no_viewer(home: Home, lan: str) -> None:
    for waits in ("code", "enrol"):
        opened = home.db.write(lambda s, waits=waits: open_session(s, staff_named(s, lan), home.now(), waits))  # type: ignore[misc]
        with home.db.read() as session:
            assert viewer_of(session, opened.token, home.now()) is None
