"""How a commune says its own words: corrected once, kept, and used by whatever speaks."""

from pathlib import Path

import pytest

from audio.bulletins import produce, script, templates
from audio.phrases import Bank
from audio.pronounce import own_words, teach
from audio.reading_list import reading_list
from audio.recorder import sentences
from audio.script import whole
from audio.spoken import spoken
from audio.tables import Bulletin, text_hash
from audio.voices import Phrases
from register.errors import BadInput
from register.home import Home

COMMUNE, OTHER = "22945", "22918"


def test_a_corrected_word_goes_before_every_rule() -> None:
    own = {"Ea H'Leo": "Ê a hơ leo", "QL28": "quốc lộ hai tám", "BCHQS": "Ban Chỉ huy Quân sự xã"}
    assert spoken("BCHQS họp ở Ea H'Leo, gần QL28.", own).text == (
        "Ban Chỉ huy Quân sự xã họp ở Ê a hơ leo, gần quốc lộ hai tám."
    )
    assert spoken("BCHQSX", own).text != "Ban Chỉ huy Quân sự xãX", "whole words only"
    assert spoken("BCHQS").text == "Ban Chỉ huy Quân sự", "another commune is not touched"


def test_it_is_kept_for_one_commune_and_can_be_forgotten(home: Home) -> None:
    home.db.write(lambda s: teach(s, COMMUNE, "TTHCX", "trung tâm hành chính xã", "an", home.now()))
    home.db.write(lambda s: teach(s, COMMUNE, "TTHCX", "Trung tâm hành chính xã", "an", home.now()))
    with home.db.read() as session:
        assert own_words(session, COMMUNE) == {"TTHCX": "Trung tâm hành chính xã"}
        assert own_words(session, OTHER) == {}
    home.db.write(lambda s: teach(s, COMMUNE, "TTHCX", "", "an", home.now()))
    with home.db.read() as session:
        assert own_words(session, COMMUNE) == {}


@pytest.mark.parametrize(("written", "said"), [("", "x"), ("x" * 61, "ba"), ("ABC", "lúc 7h30"), ("ABC", "UBND xã")])
def test_what_cannot_be_spoken_is_refused(home: Home, written: str, said: str) -> None:
    with pytest.raises(BadInput):
        home.db.write(lambda s: teach(s, COMMUNE, written, said, "an", home.now()))


def test_the_reading_list_holds_every_word_that_a_bulletin_can_need(tmp_path: Path) -> None:
    pages = reading_list("Phường Phan Thiết", ["Khu phố 1", "Khu phố 12"], ["nhà văn hóa khu phố"])
    assert all(len(page.phrases) <= 20 for page in pages)
    assert sum(len(page.phrases) for page in pages) < 300, "about a quarter of an hour of reading"
    voice = Phrases(Bank(tmp_path, COMMUNE))
    voice.known = {" ".join(phrase.lower().split()): 0.0 for page in pages for phrase in page.phrases}
    sessions = [
        {"hamlet": "Khu phố 12", "when": "8 giờ 30 sáng thứ Ba, ngày 1/12", "place": "nhà văn hóa khu phố"},
        {"hamlet": "Khu phố 1", "when": "2 giờ chiều Chủ nhật, ngày 31/1", "place": "nhà văn hóa khu phố"},
    ]
    every = {"sessions": sessions, "phone": "0252 3 821 234", "done": 1_405}
    for name, template in templates().items():
        fields = {key: value for key, value in every.items() if key in template.fields}
        assert voice.can_say(sentences(spoken(whole(script(name, "Phường Phan Thiết", fields))).text)), name


def test_a_bulletin_is_read_with_the_communes_own_words(home: Home) -> None:
    text = "Đây là Đài truyền thanh xã. Ban BTGXZ mời bà con đến nhà văn hóa. Xin cảm ơn bà con."
    home.db.write(lambda s: teach(s, COMMUNE, "BTGXZ", "Tuyên giáo xã", "an", home.now()))

    def store(session: object) -> int:
        row = Bulletin(
            commune=COMMUNE, title="Mời họp", text=text, text_hash=text_hash(text), author="an", created_at=home.now()
        )
        session.add(row)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        return row.id or 0

    asked: list[str] = []

    class Listening:
        name, label, draft, key = "thu", "thử", False, "thu"

        def say(self, sentence: str) -> tuple:
            from audio.voices import Espeak

            asked.append(sentence)
            return Espeak().say(sentence)

        def paced(self, factor: float) -> "Listening":
            return self

    produce(home, home.db.write(store), Listening(), home.now())
    assert "Ban Tuyên giáo xã mời bà con đến nhà văn hóa." in asked
