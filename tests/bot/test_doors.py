"""Both doors against the sandbox: a press on a phone, a webhook, a turn, and the answer on that phone."""

from __future__ import annotations

from sqlmodel import select

from register import contacts
from register.facts import by_evidence
from register.tables import Arrival, Contact, PersonContact

TO_THE_END = ("guide.start", "who.self", *["guide.next"] * 7, "guide.done", "check.ok")


def contacts_in(home):
    with home.db.read() as session:
        return list(session.exec(select(Contact)))


async def test_telegram_from_the_code_to_the_claim(town, mai):
    home, sandbox = town.home, town.sandbox
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    uid = sandbox.add_user("telegram", "Bà Mai", "84912345678")
    sandbox.telegram_start(uid, code)
    await town.settle()
    for button in TO_THE_END[1:]:
        sandbox.press(uid, button)
        await town.settle()
    assert "làm xong" in town.said(uid)[-1]["text"]
    with home.db.read() as session:
        assert by_evidence(session, "asxh_account")[mai]["self"].since == "during"


async def test_zalo_from_following_to_the_claim(town, mai):
    home, sandbox = town.home, town.sandbox
    code = home.db.write(lambda s: contacts.make_link_code(s, home, mai, home.now()))
    uid = sandbox.add_user("zalo", "Mai", "84912345678")
    sandbox.follow(uid)
    await town.settle()
    sandbox.type_text(uid, code)
    await town.settle()
    for button in TO_THE_END[1:]:
        sandbox.press(uid, button)
        await town.settle()
    assert "làm xong" in town.said(uid)[-1]["text"]
    with home.db.read() as session:
        assert by_evidence(session, "asxh_account")[mai]["self"].since == "during"


async def test_telegram_tells_a_qr_on_paper_from_a_link(town):
    home, sandbox = town.home, town.sandbox
    for way in ("qr-22945", "link-22945"):
        sandbox.telegram_start(sandbox.add_user("telegram", way), way)
    await town.settle()
    with home.db.read() as session:
        found = session.exec(select(Arrival.way).order_by(Arrival.contact)).all()
    assert found == ["qr", "link"]


async def test_a_code_that_is_typed_is_warned_about_and_kept_nowhere(town, mai):
    home, sandbox = town.home, town.sandbox
    telegram, zalo = sandbox.add_user("telegram", "A"), sandbox.add_user("zalo", "B")
    sandbox.telegram_start(telegram)
    sandbox.follow(zalo)
    await town.settle()
    for uid, taken_back_by in ((telegram, "Xóa"), (zalo, "Thu hồi")):  # each app's own word for it
        sandbox.type_text(uid, "mã otp là 482913 mk la hoalan77")
        await town.settle()
        assert taken_back_by in "\n".join(message["text"] for message in town.said(uid))
    if home.db.is_sqlite:
        for file in home.path.rglob("*"):
            if file.is_file():
                kept = file.read_bytes()
                assert b"482913" not in kept
                assert b"hoalan77" not in kept


async def test_blocking_and_coming_back_on_telegram(town):
    uid = town.sandbox.add_user("telegram", "A")
    town.sandbox.telegram_start(uid)
    await town.settle()
    town.sandbox.block(uid)
    await town.settle()
    assert contacts_in(town.home)[0].blocked_at is not None
    town.sandbox.unblock(uid)
    await town.settle()
    assert contacts_in(town.home)[0].blocked_at is None


async def test_only_the_senders_own_phone_counts(town, mai):
    home, sandbox = town.home, town.sandbox

    def listed(session):
        phone = contacts.contact_for(session, home, "phone", "phone", "0912345678", home.now())
        contacts.link(session, mai, phone.id, "unknown", home.now())
        return phone.id

    phone = home.db.write(listed)
    stranger, owner = sandbox.add_user("telegram", "X", "84900000001"), sandbox.add_user("telegram", "M", "84912345678")
    for uid in (stranger, owner):
        sandbox.telegram_start(uid)
    await town.settle()
    sandbox.share_contact(stranger, "84912345678", owner)
    await town.settle()
    with home.db.read() as session:
        assert [link.contact for link in session.exec(select(PersonContact))] == [phone]
    sandbox.share_contact(owner)
    await town.settle()
    with home.db.read() as session:
        assert len(session.exec(select(PersonContact)).all()) == 2


async def test_zalo_withdrawal_erases_and_unfollowing_blocks(town):
    sandbox = town.sandbox
    first, second = sandbox.add_user("zalo", "A", "84912345678"), sandbox.add_user("zalo", "B")
    for uid in (first, second):
        sandbox.follow(uid)
    await town.settle()
    sandbox.withdraw(first)
    sandbox.unfollow(second)
    await town.settle()
    gone, left = sorted(contacts_in(town.home), key=lambda c: c.id)
    assert gone.sealed is None
    assert gone.stopped_at is not None
    assert left.blocked_at is not None


async def test_a_picture_is_not_looked_at(town):
    uid = town.sandbox.add_user("telegram", "A")
    town.sandbox.telegram_start(uid)
    town.sandbox.send_media(uid)
    await town.settle()
    assert "không xem được ảnh" in town.said(uid)[-1]["text"]
