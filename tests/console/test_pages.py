"""What the pages show and do, for the people who use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from sqlmodel import col, select, update

from audio.tables import AirEntry, Airing, Recording
from campaigns.tables import Announcement, Campaign, Delivery, HelpSession, Visit
from register.audit import verify
from register.tables import AuditEvent, Contact, Fact, LinkCode, Person, Standing

Browse = Callable[[str], Any]
Make = Callable[..., str]


def events(village: Any, action: str) -> list[AuditEvent]:
    with village.home.db.read() as session:
        found = list(session.exec(select(AuditEvent).where(AuditEvent.action == action)).all())
        session.expunge_all()
        return found


def rows(village: Any, table: Any) -> list[Any]:
    with village.home.db.read() as session:
        found = list(session.exec(select(table).order_by(col(table.id))).all())
        session.expunge_all()
        return found


# --- Người thụ hưởng -----------------------------------------------------------------------------


def test_the_list_of_people_is_masked(browse: Browse) -> None:
    page = browse("officer").get("/nguoi").text
    assert "Nguyễn T. M." in page
    assert "Mai" not in page
    assert "060200000000" not in page


def test_seeing_who_somebody_is_needs_a_reason_and_is_logged(browse: Browse, village: Any) -> None:
    browser, path = browse("officer"), f"/nguoi/{village.people[0]}"
    assert "Nguyễn Thị Mai" not in browser.get(path).text
    assert browser.submit(f"{path}/xem", {"ly_do": "tò mò"}).status_code == 422
    page = browser.submit(f"{path}/xem", {"ly_do": "call"})
    assert "Nguyễn Thị Mai" in page.text
    assert "060200000000" in page.text
    (event,) = events(village, "identity_shown")
    assert (event.actor, event.subject, event.detail) == ("officer", str(village.people[0]), {"reason": "call"})
    with village.home.db.read() as session:
        assert verify(session).ok


def test_part_of_a_name_finds_people_without_accents(browse: Browse) -> None:
    page = browse("officer").submit("/nguoi", {"tim": "duc"}).text
    assert "Trần V. Đ." in page
    assert "Nguyễn T. M." not in page


def test_a_full_id_or_phone_finds_one_person_of_the_own_commune_only(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    found = browser.submit("/nguoi", {"tim": "060200000003"})
    assert found.headers["location"] == f"/nguoi/{village.people[3]}"
    stranger = browser.submit("/nguoi", {"tim": "060200000900"})
    assert stranger.status_code == 422
    assert "Không tìm thấy" in stranger.text


def test_fifty_people_a_page_and_the_rest_behind_it(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    first = browser.get("/nguoi").text
    assert first.count('<a href="/nguoi/') == 50
    assert f"sau={village.people[49]}" in first
    assert browser.get(f"/nguoi?sau={village.people[49]}").text.count('<a href="/nguoi/') == 10


def test_a_link_code_is_shown_once_and_only_its_hash_is_kept(browse: Browse, village: Any) -> None:
    browser, path = browse("officer"), f"/nguoi/{village.people[5]}"
    code = browser.submit(f"{path}/ma").text.split('<strong class="code">')[1].split("<")[0]
    assert len(code) == 9
    assert code not in browser.get(path).text
    with village.home.db.read() as session:
        stored = session.exec(select(LinkCode)).one()
        assert stored.lookup == village.home.keys.lookup("link_code", code.replace("-", ""))
    assert code not in str([event.detail for event in events(village, "link_code_made")])


def test_what_an_officer_saw_becomes_a_fact(browse: Browse, village: Any) -> None:
    person = village.people[7]
    assert browse("officer").submit(f"/nguoi/{person}/ghi", {"ket_qua": "had_before"}).status_code == 303
    (fact,) = [fact for fact in rows(village, Fact) if fact.evidence == "officer"]
    assert (fact.person, fact.kind, fact.value, fact.since, fact.by) == (
        person, "asxh_account", "yes", "before", "officer",
    )  # fmt: skip


def test_a_person_is_put_on_the_visit_list_once(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    for _ in range(2):
        assert browser.submit(f"/nguoi/{village.people[9]}/den-nha").status_code == 303
    assert [visit.person for visit in rows(village, Visit)].count(village.people[9]) == 1


def test_erasure_needs_the_persons_own_wish_and_leaves_nothing(browse: Browse, village: Any) -> None:
    browser, path = browse("officer"), f"/nguoi/{village.people[4]}"
    assert browser.submit(f"{path}/xoa").status_code == 422
    page = browser.submit(f"{path}/xoa", {"chac": "co"}).text
    assert "không còn gì của người này" in page
    assert "Đã xóa dữ liệu" in browser.get(path).text
    assert browser.submit("/nguoi", {"tim": "060200000004"}).status_code == 422


# --- Thông tin xã, phường --------------------------------------------------------------------------


def test_the_communes_own_words_reach_the_messages(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    form = {"may_ban": "0252 3 821 234", "chuc_danh": "trưởng khu phố"}
    assert browser.submit("/xa-phuong", form).status_code == 303
    text = browser.get(f"/dot-van-dong/{village.campaign}").text
    assert "0252 3 821 234" in text
    assert "trưởng khu phố" in text
    browser.submit("/xa-phuong", {"may_ban": "", "chuc_danh": ""})
    assert "trưởng khu dân cư" in browser.get(f"/dot-van-dong/{village.campaign}").text


@pytest.mark.parametrize("number", ["0901234567", "113", "0252 3 821"])
def test_a_mobile_is_no_landline(browse: Browse, number: str) -> None:
    assert browse("officer").submit("/xa-phuong", {"may_ban": number}).status_code == 422


# --- Tiến độ ---------------------------------------------------------------------------------------


def test_progress_shows_unknowns_beside_yes_and_no(browse: Browse) -> None:
    page = browse("officer").get("/tien-do").text
    assert "Chưa rõ" in page
    assert 'fill="url(#hatch)"' in page
    assert "20,0 %" in page


def test_small_cells_of_a_sensitive_kind_are_hidden_from_the_province(browse: Browse) -> None:
    province = browse("province")
    province.submit("/xa", {"xa": "22945"})
    assert "không hiện để không lộ ai" in province.get("/tien-do").text
    assert "không hiện để không lộ ai" not in browse("officer").get("/tien-do").text


# --- Đợt vận động ------------------------------------------------------------------------------------


def test_a_campaign_is_made_tried_out_approved_by_another_and_launched(
    browse: Browse, village: Any, make_campaign: Make
) -> None:
    officer, approver = browse("officer"), browse("approver")
    path = make_campaign(officer)
    assert "Chưa có tin nào được gửi" in officer.get(f"{path}/chay-thu").text
    assert officer.submit(f"{path}/duyet").status_code == 403
    assert approver.submit(f"{path}/duyet").status_code == 303
    assert officer.submit(f"{path}/chay").status_code == 303
    page = officer.get(path).text
    assert "Đang chạy" in page
    assert "Đến tận nhà" in page
    planned = [row for row in rows(village, Delivery) if f"/{row.campaign}" in path]
    assert len(planned) == 12
    assert 'hx-trigger="every 5s"' in page
    assert "Trong nhóm" in officer.get(f"{path}/so-lieu").text


def test_pause_resume_and_cancel(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer = browse("officer")
    path = make_campaign(officer)
    browse("approver").submit(f"{path}/duyet")
    for action, state in (("chay", "running"), ("tam-dung", "paused"), ("chay-tiep", "running"), ("huy", "cancelled")):
        assert officer.submit(f"{path}/{action}").status_code == 303
        assert rows(village, Campaign)[-1].state == state
    again = officer.submit(f"{path}/chay")
    assert again.status_code == 422
    assert "đã hủy" in again.text


def test_the_notice_is_noted_and_opens_the_first_message(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    assert "Chưa đủ" in browser.get("/thong-bao").text
    number = rows(village, Announcement)[0].id
    form = {"thong_bao": number, "niem_yet": "1", "ngay_niem_yet": "21/11/2026"}
    form |= {"phat_loa": "1", "ngay_phat_loa": "22/11/2026", "da_bao": "1", "ngay_da_bao": "23/11/2026"}
    assert browser.submit("/thong-bao", form).status_code == 303
    assert "Đã đủ" in browser.get("/thong-bao").text
    notice = rows(village, Announcement)[0]
    assert (notice.posted_on.day, notice.aired, notice.aired_on.day, notice.hamlets_told) == (21, 2, 22, 5)
    assert browser.submit("/thong-bao", form | {"da_bao": ""}).status_code == 303  # a slip is taken back
    assert "báo tới 5 trưởng khu, thôn còn lại" in browser.get("/thong-bao").text


def test_a_step_of_the_notice_needs_a_day_that_can_be(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    form = {"so": "46/TB-UBND", "ngay_ky": "20/11/2026", "niem_yet": "1", "ngay_niem_yet": "19/11/2026"}
    wrong = browser.submit("/thong-bao", form | {"phat_loa": "1", "ngay_phat_loa": "24/11/2026"})
    assert wrong.status_code == 422
    assert "không thể trước ngày ký" in wrong.text
    assert "không thể là ngày chưa tới" in wrong.text
    assert 'value="46/TB-UBND"' in wrong.text
    assert len(rows(village, Announcement)) == 2  # this commune's and the other's, none new


# --- Buổi hỗ trợ, phiếu đến nhà ------------------------------------------------------------------------


def test_sessions_are_planned_by_hand_and_by_suggestion(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    form = {"khu": village.hamlets[2], "noi": "nhà văn hóa", "ngay": "01/12/2026", "gio": "14h30", "suc": "20"}
    assert browser.submit("/buoi-ho-tro", form).status_code == 303
    page = browser.get("/buoi-ho-tro?moi_ngay=20").text
    assert "14 giờ 30" in page
    assert "Gợi ý:" in page
    assert browser.submit("/buoi-ho-tro/theo-goi-y", {"moi_ngay": "20", "tu": "24/11/2026"}).status_code == 303
    assert len(rows(village, HelpSession)) > 4


def test_a_tally_is_written_down(browse: Browse, village: Any) -> None:
    browser = browse("volunteer")
    assert browser.submit(f"/buoi-ho-tro/{village.session}/ket-qua", {"den": "12", "xong": "9"}).status_code == 303
    row = next(row for row in rows(village, HelpSession) if row.id == village.session)
    assert (row.came, row.helped) == (12, 9)


def test_visit_sheets_are_a_pdf_and_their_printing_is_logged(browse: Browse, village: Any) -> None:
    answer = browse("volunteer").submit("/phieu-den-nha/in", {"khu": village.hamlets[3]})
    assert answer.content.startswith(b"%PDF")
    assert village.hamlets[0] in answer.headers["content-disposition"]  # the own hamlet, whatever was asked
    assert events(village, "list_exported")[0].actor == "volunteer"


def test_what_was_seen_at_a_door_becomes_a_fact(browse: Browse, village: Any) -> None:
    assert browse("volunteer").submit(f"/phieu-den-nha/{village.visit}", {"ket_qua": "done"}).status_code == 303
    assert rows(village, Visit)[0].outcome == "done"
    seen = [fact for fact in rows(village, Fact) if fact.evidence == "officer"]
    assert [(fact.person, fact.kind, fact.value) for fact in seen] == [(village.people[0], "asxh_account", "yes")]
    with village.home.db.read() as session:
        assert session.get_one(Standing, village.people[0]).asxh_account == "yes"


def test_results_are_entered_by_the_number_on_the_paper(browse: Browse, village: Any) -> None:
    browser = browse("volunteer")
    form = {"so": "1", "ket_qua": "again", "hen": "30/11/2026", "nhan_tien": "chua"}
    entered = browser.submit("/phieu-den-nha/ghi", form)
    assert entered.status_code == 303
    assert "Đã ghi phiếu số 1: Hẹn lại" in browser.get(entered.headers["location"]).text
    row = rows(village, Visit)[0]
    assert (row.outcome, row.again_on, row.by) == ("again", date(2026, 11, 30), "volunteer")
    assert [(f.value, f.evidence) for f in rows(village, Fact) if f.kind == "receipt_confirmed"] == [("no", "self")]
    for wrong in ({"so": "77"}, {"so": "một"}, {"hen": "01/11/2026"}, {"ket_qua": "khác"}):
        answer = browser.submit("/phieu-den-nha/ghi", form | wrong)
        assert answer.status_code == 422
        assert "Có chỗ cần sửa" in answer.text


# --- Việc cần hỗ trợ -----------------------------------------------------------------------------------


class Recorder:
    """A sender that keeps what it was given."""

    channel, lane = "zalo", "zalo:main"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, address: str, message: Any, params: Any = None) -> Any:
        from channels.outcome import Accepted

        self.sent.append((address, message.text))
        return Accepted("1")


def test_a_ticket_is_taken_read_answered_and_closed(browse: Browse, village: Any) -> None:
    browser, path, sender = browse("officer"), f"/viec/{village.ticket}", Recorder()
    browser.app.state.senders = {"zalo:main": sender}
    assert browser.submit(f"{path}/nhan").status_code == 303
    assert "chỉ bấm nút" in browser.submit(f"{path}/doc").text
    answer = browser.submit(f"{path}/tra-loi", {"tra_loi": "Mời bà đến Trung tâm sáng mai."})
    assert answer.headers["location"].endswith("xong=da-tra-loi")
    assert sender.sent == [("5001", "Cán bộ trả lời:\nMời bà đến Trung tâm sáng mai.")]
    assert browser.submit(f"{path}/dong").status_code == 303
    assert "Không có ai đang chờ" in browser.get("/viec").text
    kinds = [events(village, action)[0].actor for action in ("ticket_taken", "ticket_read", "ticket_closed")]
    assert kinds == ["officer"] * 3


def test_an_answer_that_cannot_be_sent_is_kept_and_said_so(browse: Browse, village: Any) -> None:
    answer = browse("officer").submit(f"/viec/{village.ticket}/tra-loi", {"tra_loi": "Mời bà đến Trung tâm."})
    assert answer.headers["location"].endswith("xong=chua-gui")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("UBND phường đây ạ. Mật khẩu của bác là gì?", "xin điều bí mật"),
        ("Bác làm xong sẽ được nhận ngay tiền trợ cấp.", "hứa tiền"),
        ("Nhà mình thuộc hộ nghèo nên được ưu tiên.", "không nêu diện nghèo"),
    ],
)
def test_an_answer_keeps_the_promises_too(browse: Browse, village: Any, text: str, why: str) -> None:
    answer = browse("officer").submit(f"/viec/{village.ticket}/tra-loi", {"tra_loi": text})
    assert answer.status_code == 422
    assert why in answer.text
    assert events(village, "ticket_answered") == []


def test_a_chat_that_zalo_has_closed_is_told_before_the_answer_is_typed(browse: Browse, village: Any) -> None:
    def last_said(days: int) -> None:
        def store(session: Any) -> None:
            contact = session.exec(select(Contact)).first()
            contact.last_inbound_at = village.home.now() - timedelta(days=days)
            session.add(contact)

        village.home.db.write(store)

    told = "Zalo chỉ cho trả lời trong 7 ngày"
    last_said(8)
    assert told in browse("officer").get(f"/viec/{village.ticket}").text
    last_said(2)
    assert told not in browse("officer").get(f"/viec/{village.ticket}").text


def test_an_airing_of_another_day_cannot_be_confirmed_yet(browse: Browse, village: Any) -> None:
    village.home.db.write(lambda s: s.execute(update(Airing).values(planned_at=village.home.now() + timedelta(days=1))))
    page = browse("radio").get(f"/ban-tin/{village.bulletin}").text
    assert "chưa đến ngày" in page
    assert "/luot-phat/" not in page


def test_nobody_is_answered_who_asked_for_silence(browse: Browse, village: Any) -> None:
    def stop(session: Any) -> None:
        for contact in session.exec(select(Contact)):
            contact.stopped_at = village.home.now()

    village.home.db.write(stop)
    browser, sender = browse("officer"), Recorder()
    browser.app.state.senders = {"zalo:main": sender}
    answer = browser.submit(f"/viec/{village.ticket}/tra-loi", {"tra_loi": "Mời bà đến Trung tâm."})
    assert answer.status_code == 422
    assert sender.sent == []


# --- Bản tin -------------------------------------------------------------------------------------------


def test_a_bulletin_is_written_from_coming_sessions(browse: Browse, village: Any) -> None:
    browser = browse("radio")
    form = {"buoi": [str(village.session)], "phone": "0252 3 821 234"}
    answer = browser.submit("/ban-tin/moi/invitation", form)
    page = browser.get(answer.headers["location"]).text
    assert "khu phố 1: 8 giờ sáng thứ Tư" in page
    assert "khu phố 2" not in page


def test_a_draft_voice_is_approved_by_another_and_only_explicitly(browse: Browse, village: Any) -> None:
    path = f"/ban-ghi/{village.recording}/duyet"
    officer, approver = browse("officer"), browse("approver")
    assert officer.submit(path).status_code == 403  # its author
    assert "duyệt lời và bản ghi trước" in approver.submit(f"{path}-giong", {"giong_nhap": "co"}).text
    assert approver.submit(path).status_code == 303
    form = {"ngay": "24/11/2026", "gio": "17:00"}
    assert "Giọng nháp còn cần duyệt riêng" in officer.submit(f"/ban-ghi/{village.recording}/lich", form).text
    assert "đánh dấu ô bên cạnh" in approver.submit(f"{path}-giong").text
    assert approver.submit(f"{path}-giong", {"giong_nhap": "co"}).status_code == 303
    assert rows(village, Recording)[0].draft_approved_by == "approver"


def test_a_changed_word_undoes_every_approval(browse: Browse, village: Any) -> None:
    approve_all(browse, village)
    officer = browse("officer")
    path = f"/ban-tin/{village.bulletin}"
    assert "được phát" in officer.get(path).text
    answer = officer.submit(f"{path}/loi", {"loi": "Kính thưa toàn thể bà con!"})
    assert answer.headers["location"].endswith("xong=bo-duyet")
    page = officer.get(path).text
    assert "lời cũ, không phát" in page
    assert "Xếp lịch phát" not in page
    named = officer.submit(f"{path}/loi", {"loi": "Mời bà Mai đến nhà văn hóa."})
    assert "tên người" in named.text


def approve_all(browse: Browse, village: Any) -> None:
    approver = browse("approver")
    for step in ("duyet", "duyet-giong"):
        assert approver.submit(f"/ban-ghi/{village.recording}/{step}", {"giong_nhap": "co"}).status_code == 303


def test_an_airing_is_planned_and_confirmed(browse: Browse, village: Any) -> None:
    approve_all(browse, village)
    radio = browse("radio")
    path = f"/ban-ghi/{village.recording}/lich"
    assert radio.submit(path, {"ngay": "24/11/2026", "gio": "17:00"}).status_code == 303
    assert "Chưa đến ngày phát" in radio.submit(f"/luot-phat/{rows(village, Airing)[-1].id}").text
    assert radio.submit(path, {"ngay": "23/11/2026", "gio": "17:03"}).status_code == 303
    made = rows(village, Airing)[-1]
    assert radio.submit(f"/luot-phat/{made.id}").status_code == 303
    assert radio.submit(f"/luot-phat/{made.id}").status_code == 303  # twice is once
    said = [entry for entry in rows(village, AirEntry) if entry.airing == made.id]
    assert [(entry.what, entry.by) for entry in said] == [("said", "radio")]
    page = radio.get("/nhat-ky-phat?tu=23/11/2026&den=23/11/2026").text
    assert "người trực ghi đã phát" in page
    table = radio.get("/nhat-ky-phat.csv?tu=23/11/2026&den=23/11/2026").content.decode("utf-8-sig")
    assert table.splitlines()[-1].startswith(
        "23/11/2026,17:03:00,Mời bà con,165,1,,approver,radio,người trực ghi đã phát,"
    )


def test_the_player_may_jump(browse: Browse, village: Any) -> None:
    answer = browse("radio").get(f"/ban-ghi/{village.recording}.mp3", headers={"Range": "bytes=1-2"})
    assert answer.status_code == 206
    assert answer.content == b"D3"


# --- Kết quả, báo cáo, nhật ký -------------------------------------------------------------------------


def test_results_stand_side_by_side(browse: Browse, village: Any, make_campaign: Make) -> None:
    officer = browse("officer")
    path = make_campaign(officer)
    browse("approver").submit(f"{path}/duyet")
    officer.submit(f"{path}/chay")
    page = officer.get("/ket-qua").text
    for words in ("Tự báo", "Cán bộ đã thấy tận mắt", "Có trong danh sách", "không cộng vào nhau"):
        assert words in page


@pytest.mark.parametrize(("suffix", "start"), [("docx", b"PK"), ("xlsx", b"PK"), ("pdf", b"%PDF"), ("json", b"{")])
def test_the_monthly_report_is_taken_away(browse: Browse, suffix: str, start: bytes) -> None:
    answer = browse("officer").get(f"/bao-cao/2026-11.{suffix}")
    assert answer.content.startswith(start)
    assert answer.headers["content-disposition"] == f'attachment; filename="bao-cao-22945-2026-11.{suffix}"'
    if suffix == "json":
        assert orjson.loads(answer.content)["people"] == 60


def test_a_month_that_is_none_leads_nowhere(browse: Browse) -> None:
    browser = browse("officer")
    assert browser.get("/bao-cao?thang=2026-13").status_code == 404
    assert browser.get("/bao-cao/2026-11.exe").status_code == 404
    assert browser.get("/bao-cao?thang=2027-01").status_code == 422


def test_the_log_shows_a_change_made_to_it(browse: Browse, village: Any) -> None:
    auditor = browse("auditor")
    assert "nguyên vẹn." in auditor.get("/nhat-ky?kiem=1").text

    def forge(session: Any) -> None:
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id)).first()
        event.actor = "ai đó"

    village.home.db.write(forge)
    assert "đã bị sửa" in auditor.get("/nhat-ky?kiem=1").text


def test_the_log_names_no_person(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    browser.submit("/nguoi", {"tim": "Mai"})
    browser.submit(f"/nguoi/{village.people[0]}/xem", {"ly_do": "call"})
    page = browse("owner").get("/nhat-ky").text
    assert "Mai" not in page
    with village.home.db.read() as session:
        assert session.get_one(Person, village.people[0]).sealed


# --- Khi có điều chưa đúng ----------------------------------------------------------------------------


def test_a_trouble_says_what_to_do_and_leads_back(browse: Browse, village: Any) -> None:
    browser = browse("officer")
    path = f"/dot-van-dong/{village.campaign}/chay"  # nobody approved it yet
    form = {"ma_trang": browser.token()}
    page = browser.post(path, data=form, headers={"Referer": "http://testserver/dot-van-dong"}).text
    assert "còn là bản nháp" in page
    assert '<a href="/dot-van-dong">' in page
    elsewhere = browser.post(path, data=form, headers={"Referer": "https://ke-gian.example/x"}).text
    assert "ke-gian" not in elsewhere


def test_trial_phones_stand_only_beside_a_sandbox(browse: Browse) -> None:
    browser = browse("officer")
    assert "Điện thoại thử" not in browser.get("/").text
    assert browser.get("/dien-thoai-thu").status_code == 404


# --- Hôm nay -------------------------------------------------------------------------------------------


def test_today_shows_each_role_what_waits_for_it(browse: Browse) -> None:
    assert "đợt vận động chờ bạn duyệt" in browse("approver").get("/").text
    assert "đợt vận động chờ người thứ hai duyệt" in browse("officer").get("/").text
    volunteer = browse("volunteer").get("/").text
    assert "người cần đến tận nhà" in volunteer
    assert "Đã có tài khoản ASXH" not in volunteer
    assert "bản ghi chờ người khác nghe và duyệt" in browse("radio").get("/").text


def test_an_officer_says_of_an_unknown_message_whether_it_arrived(browse: Browse, village: Any) -> None:
    home, now = village.home, village.home.now()
    lost = Delivery(campaign=village.campaign, step=9, person=village.people[0], state="unknown", changed_at=now)
    home.db.write(lambda session: session.add(lost))
    browser, page = browse("officer"), f"/dot-van-dong/{village.campaign}"
    assert "Tin không rõ đã tới hay chưa" in browser.get(page).text
    browser.submit(f"{page}/chua-ro", {"person": str(village.people[0]), "toi": "co"})
    assert [row.state for row in rows(village, Delivery) if row.step == 9] == ["accepted"]
    assert "Tin không rõ đã tới hay chưa" not in browser.get(page).text
    assert events(village, "unknown_settled")[-1].detail == {"arrived": True}


@pytest.mark.parametrize(("said", "state"), [("co", "accepted"), ("chua", "due")])
def test_an_officer_decides_at_once_for_all_whom_a_restore_held_back(
    browse: Browse, village: Any, said: str, state: str
) -> None:
    home, now = village.home, village.home.now()
    same = {"campaign": village.campaign, "step": 9, "state": "unknown", "changed_at": now}
    held = [Delivery(person=person, reason="restored", **same) for person in village.people[:3]]
    home.db.write(lambda session: session.add_all([*held, Delivery(person=village.people[3], reason="lost", **same)]))
    browser, page = browse("officer"), f"/dot-van-dong/{village.campaign}"
    assert "3 tin có thể máy cũ đã gửi" in browser.get(page).text
    browser.submit(f"{page}/chua-ro", {"toi": said})
    assert sorted(row.state for row in rows(village, Delivery) if row.step == 9) == sorted([state] * 3 + ["unknown"])
    assert "máy cũ" not in browser.get(page).text
    assert events(village, "restored_settled")[-1].detail == {"arrived": said == "co", "people": 3}
