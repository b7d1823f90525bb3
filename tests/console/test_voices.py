"""Giọng đọc: what a radio operator sees and does there, and a bulletin in a person's own voice."""

import io
from collections.abc import Callable

import numpy as np
import soundfile
from sqlmodel import select

from audio.phrases import Bank
from audio.reading_list import reading_list
from audio.tables import Bulletin, Recording
from register.home import Home
from register.units import commune_of, hamlets_of


def wav(sound: np.ndarray) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, sound, 22_050, format="WAV")
    return out.getvalue()


def spoken_like(seconds: float) -> np.ndarray:
    """Bursts like syllables, in a voice's range."""
    at = np.arange(int(seconds * 22_050)) / 22_050
    return (0.3 * np.sin(2 * np.pi * 220 * at) * (np.sin(2 * np.pi * 1.5 * at) > -0.6)).astype(np.float32)


def page_of(lines: int) -> np.ndarray:
    gap = np.zeros(30_000, np.float32)
    return np.concatenate([part for _ in range(lines) for part in (gap, spoken_like(0.4))] + [gap])


def test_a_word_is_taught_shown_and_forgotten(home: Home, browse: Callable) -> None:
    radio = browse("radio")
    radio.submit("/giong-doc/chu", {"chu": "BCHQSX", "doc_la": "Ban Chỉ huy Quân sự xã"})
    assert "Ban Chỉ huy Quân sự xã" in radio.get("/giong-doc").text
    answer = radio.submit("/giong-doc/chu", {"chu": "ABC", "doc_la": "lúc 7h30"})
    assert "viết bằng chữ" in answer.text
    radio.submit("/giong-doc/chu", {"chu": "BCHQSX"})
    assert "BCHQSX" not in radio.get("/giong-doc").text


def test_a_page_that_was_read_is_kept_and_the_next_one_opens(home: Home, browse: Callable) -> None:
    radio = browse("radio")
    with home.db.read() as session:
        hamlets = [unit.name for unit in hamlets_of(session, "22945")]
        page = reading_list(commune_of(session, "22945").name, hamlets, ["nhà văn hóa"])[4]
    form = {"trang": "5", "tieng": "tyz", "ma_trang": radio.token()}
    short = radio.post("/giong-doc/cau", data=form, files={"tep": ("a.wav", wav(page_of(2)))})
    assert f"có {len(page.phrases)} câu, nhưng nghe ra 2 câu" in short.text
    done = radio.post("/giong-doc/cau", data=form, files={"tep": ("a.wav", wav(page_of(len(page.phrases))))})
    assert "Trang 6" in done.text
    assert len(Bank(home.audio, "22945", "tyz").recorded()) == len(page.phrases)
    assert "(tiếng Tày)" in radio.get("/giong-doc").text


def test_a_persons_reading_becomes_a_recording_that_is_no_draft(home: Home, browse: Callable) -> None:
    officer = browse("officer")
    with home.db.read() as session:
        number = session.exec(select(Bulletin.id).where(Bulletin.commune == "22945")).one()
    form = {"ban_tin": str(number), "tieng": "khm", "ma_trang": officer.token()}
    answer = officer.post("/giong-doc/tai-len", data=form, files={"tep": ("doc.wav", wav(spoken_like(20)))})
    assert "chưa duyệt" in answer.text
    with home.db.read() as session:
        row = session.exec(select(Recording).where(Recording.voice == "recording-khm")).one()
    assert (row.bulletin, row.draft) == (number, False)
    assert abs(row.lufs + 16) <= 1
    broken = officer.post("/giong-doc/tai-len", data=form, files={"tep": ("doc.wav", b"x")})
    assert "Không đọc được tệp âm thanh" in broken.text
    quiet = officer.post("/giong-doc/tai-len", data=form, files={"tep": ("doc.wav", wav(np.zeros(90_000)))})
    assert "không có tiếng" in quiet.text


def test_a_bulletin_tells_its_length_its_faults_and_what_will_be_heard(home: Home, browse: Callable) -> None:
    officer = browse("officer")
    made = officer.submit("/ban-tin/moi/scam_warning", {"phone": "0252 3 821 234", "phut": "1"})
    answer = officer.get(made.headers["location"])
    assert "không hai năm hai, ba, tám hai một, hai ba bốn" in answer.text
    assert "Nên sửa" not in answer.text
    assert "cả nhạc hiệu" in answer.text
    assert "eSpeak NG, giọng nháp" in answer.text
