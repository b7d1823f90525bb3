from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from register.errors import BadInput, NotAllowed
from register.home import Home
from register.staff import (
    FAILURES,
    SESSION_LIFE,
    SignedIn,
    Viewer,
    add_staff,
    person_for,
    scope,
    set_password,
    sign_in,
    sign_out,
    viewer_of,
)  # fmt: skip
from register.tables import Person, Staff, StaffSession, Unit

PASSWORD = "mot mat khau dai"


@pytest.fixture
def lan(home: Home) -> str:
    home.db.write(lambda s: add_staff(s, "Lan", "Trần Thị Lan", "officer", "22945", PASSWORD, home.now()))
    return "lan"


def enter(home: Home, login: str, password: str = PASSWORD) -> SignedIn | None:
    return home.db.write(lambda s: sign_in(s, login, password, home.now()))


def test_an_officer_signs_in_and_out(home: Home, lan: str) -> None:
    opened = enter(home, " LAN ")
    assert opened
    with home.db.read() as session:
        viewer = viewer_of(session, opened.token, home.now())
        assert viewer == opened.viewer
        assert (viewer.login, viewer.role, viewer.unit) == ("lan", "officer", "22945")
        assert viewer_of(session, opened.token, home.now() + SESSION_LIFE) is None
        assert viewer_of(session, "other", home.now()) is None
        stored = session.exec(select(StaffSession)).one()
        assert opened.token.encode() not in stored.token_hash
        assert session.exec(select(Staff)).one().password.startswith("$argon2id$")
    home.db.write(lambda s: sign_out(s, opened.token, home.now()))
    with home.db.read() as session:
        assert viewer_of(session, opened.token, home.now()) is None


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
