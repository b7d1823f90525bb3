"""From what a local speaker read to a bulletin with live figures, without a network."""

import numpy as np
import pytest

from audio.bulletins import produce, write_bulletin
from audio.measure import check
from audio.phrases import Bank
from audio.reading_list import reading_list
from audio.voices import Espeak
from register.home import Home

COMMUNE = "22945"
PLACE = "nhà văn hóa khu phố"


@pytest.fixture
def bank(home: Home) -> Bank:
    """A bank that somebody filled: here the draft voice stands in for the speaker, page by page, with its silences."""
    bank = Bank(home.audio, COMMUNE)
    wanted = ("Cảm ơn", "Nhắc lịch", "Thôn, khu phố", "Giờ, ngày", "Mời bà con")
    for page in reading_list("Phường Phan Thiết", ["Khu phố 3"], [PLACE]):
        if page.title.startswith(wanted):
            parts = []
            for phrase in page.phrases:
                samples, rate = Espeak(150).say(phrase)
                parts += [samples, np.zeros(int(1.6 * rate), np.float32)]
            bank.take_page(list(page.phrases), np.concatenate(parts), rate)
    return bank


def test_a_bulletin_with_live_figures_is_joined_and_passes_the_check(home: Home, bank: Bank) -> None:
    when = "8 giờ 30 sáng thứ Ba, ngày 1/12"
    fields = {"sessions": [{"hamlet": "Khu phố 3", "when": when, "place": PLACE}], "phone": "0252 3 821 234"}
    bulletin = home.db.write(lambda s: write_bulletin(s, COMMUNE, "reminder", fields, "an", home.now()))
    recording = produce(home, bulletin.id or 0, "auto", home.now())
    assert (recording.voice, recording.draft) == ("phrases", False)
    found = check(home.audio / recording.file)
    assert found.ok, found.problems
    assert found.silence_s < 1.3
