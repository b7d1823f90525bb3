from collections.abc import Callable

import pytest
from sqlmodel import Session

from register.categories import recognise
from register.contacts import contact_for, link
from register.errors import BadInput
from register.home import Home
from register.people import Identity, find_person, given_name, identity_of, masked
from register.tables import Person
from register.words import clean, fold

ID = "060046303054"


def test_identity_is_sealed_and_comes_back(home: Home, add_person: Callable[..., int]) -> None:
    number = add_person(ID, "Nguyễn Hữu Bình")
    with home.db.read() as session:
        person = session.get_one(Person, number)
        assert person.sealed
        assert ID.encode() not in person.sealed
        assert identity_of(home, person) == Identity(ID, "Nguyễn Hữu Bình", "1946")


def test_a_mask_shows_no_name_no_number_no_address() -> None:
    shown = masked(Identity(ID, "Nguyễn Hữu Bình", "1946-05-12", "0917768030", "12 Trần Hưng Đạo"))
    assert shown == Identity("•••••••••054", "Nguyễn H. B.", "1946", "•••••••030", "")
    assert masked(Identity(ID, "Mai")).full_name == "M."


@pytest.mark.parametrize(
    ("name", "given"), [("NGUYỄN THỊ MAI", "Mai"), ("Lê Văn Đực", "Đực"), ("H'Rin Niê", "Niê"), ("", "")]
)
def test_a_person_is_addressed_by_the_last_word(name: str, given: str) -> None:
    assert given_name(name) == given


def test_a_person_is_found_by_number_by_id_and_by_phone(home: Home, add_person: Callable[..., int]) -> None:
    number, other = add_person(ID), add_person("060139001068")

    def phone(session: Session, persons: list[int]) -> None:
        contact = contact_for(session, home, "phone", "phone", "0917768030", home.now())
        assert contact.id
        for person in persons:
            link(session, person, contact.id, "unknown", home.now())

    home.db.write(lambda session: phone(session, [number]))
    with home.db.read() as session:
        for ref in (str(number), ID, "0917 768 030"):
            assert find_person(session, home, ref, "22945").id == number
        for nobody in ("999999", "060000000000", "0900000000", "Lê Văn Đực"):
            with pytest.raises(BadInput):
                find_person(session, home, nobody)
        with pytest.raises(BadInput):
            find_person(session, home, ID, "22960")
    home.db.write(lambda session: phone(session, [other]))
    with home.db.read() as session, pytest.raises(BadInput, match=f"2 người.*{number}, {other}"):
        find_person(session, home, "0917768030")


def test_who_has_only_an_old_card_is_found_by_its_number(home: Home, add_person: Callable[..., int]) -> None:
    number = add_person("260123456")
    with home.db.read() as session:
        assert find_person(session, home, "260 123 456").id == number


def test_words_are_kept_in_one_form_and_compared_in_another() -> None:
    assert clean("  Nguye\u0302\u0303n\u00a0Thị \u200bMai ") == "Nguyễn Thị Mai"
    assert fold("Số định danh cá nhân/CCCD") == "so dinh danh ca nhan cccd"


@pytest.mark.parametrize(
    ("words", "code", "group", "sensitive"),
    [
        ("Thương binh, gia đình liệt sĩ và người có công", "ncc", "ncc", False),
        ("Người cao tuổi từ đủ 75 tuổi không có lương hưu (hưu trí xã hội)", "htxh", "htxh", False),
        ("NGƯỜI KHUYẾT TẬT ĐẶC BIỆT NẶNG", "nkt_dbn", "btxh", True),
        ("Người khuyết tật nặng", "nkt_nang", "btxh", True),
        ("Người cao tuổi hộ nghèo", "cao_tuoi", "btxh", False),
        ("Người đơn thân nghèo nuôi con", "don_than", "btxh", False),
        ("Trẻ em nhiễm HIV/AIDS hộ nghèo", "hiv", "btxh", True),
    ],
)
def test_a_list_s_words_name_a_category(words: str, code: str, group: str, sensitive: bool) -> None:
    found = recognise(words)
    assert found
    assert (found.code, found.group, found.sensitive) == (code, group, sensitive)


def test_words_that_name_no_category_are_not_guessed() -> None:
    assert recognise("Khu phố 1") is None
