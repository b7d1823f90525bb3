"""Each sentence is made once; files are joined at pauses and are what they would be if made whole."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.bulletins import province_texts
from audio.mastering import RATE, decode
from audio.measure import check, loudness
from audio.pieces import ARTICULATION, Pieces, paced, silence
from audio.province import record_all
from audio.recorder import joined, pause_for, record, sentences
from audio.spoken import spoken
from audio.voices import Espeak, VoiceSilent, google
from audio.words import count_syllables
from register.errors import BadInput
from settings import Settings

LINES = ["Kính thưa bà con!", "Việc này miễn phí và tự nguyện.", "Ba.", "Cán bộ không hỏi mật khẩu, không thu tiền."]


class Counting(Espeak):
    """Counts the sentences that it was asked for; says that it cannot be paced, so that one is one."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def say(self, sentence: str) -> tuple[np.ndarray, int]:
        self.asked.append(sentence)
        return super().say(sentence)

    def paced(self, factor: float) -> "Counting":
        return self


def test_a_sentence_is_spoken_once_however_often_it_is_read(tmp_path: Path) -> None:
    voice = Counting()
    text = "Xin nhắc lại. Việc này miễn phí. Xin nhắc lại. Việc này miễn phí."
    record(text, voice, tmp_path / "a.mp3", title="a", pieces=Pieces(tmp_path / "kept"))
    assert voice.asked == ["Xin nhắc lại.", "Việc này miễn phí."]
    record(text + " Xin cảm ơn.", voice, tmp_path / "b.mp3", title="b", pieces=Pieces(tmp_path / "kept"))
    assert voice.asked[2:] == ["Xin cảm ơn."], "a word more needs one sentence more"


def test_sentences_are_kept_as_flac_and_another_profile_needs_no_voice(tmp_path: Path) -> None:
    voice = Counting()
    Pieces(tmp_path).all_of(LINES, voice)
    kept = list(tmp_path.glob("*.flac"))
    assert len(kept) == len(LINES)
    assert soundfile.info(kept[0]).format == "FLAC"
    quieter = Pieces(tmp_path, -23).all_of(LINES, voice)
    assert len(voice.asked) == len(LINES)
    assert loudness(decode(quieter[LINES[3]].mp3), RATE) == pytest.approx(-23, abs=1)


def test_the_voice_is_brought_to_one_pace() -> None:
    for line in LINES[1::2]:
        samples, rate = paced(line, Espeak(100))
        assert count_syllables(line) / (len(samples) / rate) * 60 == pytest.approx(ARTICULATION, rel=0.08)


def test_joined_files_hold_every_piece_unchanged() -> None:
    made = Pieces(None).all_of(LINES, Espeak())
    whole = decode(joined(LINES, made, -16.0, chimes=False))
    alone = [decode(made[line].mp3) for line in LINES]
    at = 0
    for samples in alone:
        middle = samples[len(samples) // 4 : len(samples) // 2]
        where = at + int(np.argmax(np.correlate(whole[at : at + 4 * RATE], middle, "valid")))
        found = whole[where : where + len(middle)]
        assert np.max(np.abs(found - middle)) < 1e-3
        at = where + len(middle)
    assert len(whole) / RATE == pytest.approx(
        sum(map(len, alone)) / RATE + 3 * pause_for(LINES, sum(p.seconds for p in made.values())), abs=0.5
    )


def test_encoded_silence_has_the_length_that_was_asked_for() -> None:
    for hundredths in (10, 35, 80, 110):
        assert silence(hundredths).seconds == pytest.approx(hundredths / 100, abs=0.03)


def test_sentences_that_nobody_uses_go_after_a_while(tmp_path: Path) -> None:
    store = Pieces(tmp_path)
    store.all_of(LINES[:1], Espeak())
    file = next(tmp_path.glob("*.flac"))
    assert store.forget(file.stat().st_mtime - 10) == 0
    assert store.forget(file.stat().st_mtime + 10) == 2


def test_a_province_says_what_it_shares_once(tmp_path: Path) -> None:
    texts = dict(list(province_texts("scam_warning", "68").items())[:3])
    own = {next(iter(texts)): {"VNeID": "vi nê ít"}}
    distinct = {p for code, text in texts.items() for p in sentences(spoken(text, own.get(code)).text)}
    settings = Settings(home=tmp_path, voice="espeak")
    found = record_all(texts, "espeak", settings, tmp_path / "out", kept=tmp_path / "kept", own=own, workers=1)
    assert set(found) == set(texts)
    assert len(list((tmp_path / "kept").glob("*.flac"))) == len(distinct)
    for code in texts:
        made = check(tmp_path / "out" / f"{code}.mp3")
        assert made.ok, made.problems
        assert (made.lufs, made.duration_s) == (found[code].lufs, found[code].duration_s)


def test_a_province_without_a_voice_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(google, "FIRST_WAIT_S", 0.0)
    settings = Settings(home=tmp_path, voice="gtts", gtts_base="http://127.0.0.1:9")
    with pytest.raises(VoiceSilent, match="Còn thiếu"):
        record_all({"22945": "Xin chào bà con."}, "gtts", settings, tmp_path / "out", kept=tmp_path / "kept")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_province_is_refused() -> None:
    with pytest.raises(BadInput, match="2 chữ số"):
        province_texts("scam_warning", "6")
