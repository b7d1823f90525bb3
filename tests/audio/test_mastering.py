"""What leaves the house is even, loud enough and never over-driven, measured on the decoded file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.id3 import ID3

from audio.mastering import RATE, decode, master
from audio.measure import check, kept_in, measure
from audio.recorder import chime, say
from audio.voices import Espeak
from register.errors import BadInput

TEXT = "Xã mời bà con đến họp lúc 7h30 ngày 01/12/2026. Việc này miễn phí và tự nguyện. Xin cảm ơn bà con."


def tone(seconds: float, level: float, pitch: float = 440.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * pitch * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.fixture(scope="module")
def spoken_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("audio") / "thong-bao.mp3"
    say(TEXT, Espeak(), file)
    return file


def test_a_spoken_text_passes_its_own_check(spoken_file: Path) -> None:
    found = check(spoken_file)
    assert found.ok, found.problems
    assert found.lufs == pytest.approx(-16, abs=0.5)
    assert found.true_peak_dbtp <= -1.5
    assert found.syllables_per_minute is not None
    assert 165 <= found.syllables_per_minute <= 195
    assert set(found.to_json()) == {
        "lufs", "true_peak_dbtp", "duration_s", "syllables_per_minute", "clipped", "silence_s", "ok", "problems",
    }  # fmt: skip


def test_it_is_mono_constant_bit_rate_and_carries_its_words(spoken_file: Path) -> None:
    about = soundfile.info(spoken_file)
    assert (about.channels, about.samplerate, about.format) == (1, 44_100, "MP3")
    assert kept_in(spoken_file) == (TEXT, 0.0)
    tags = ID3(spoken_file)
    assert "giọng nháp" in str(tags["TIT2"])
    assert tags.version == (2, 3, 0)


@pytest.mark.parametrize("level", [0.01, 0.2, 1.0])
def test_quiet_and_loud_sources_come_out_alike(level: float) -> None:
    rng = np.random.default_rng(418)
    bursts = np.concatenate([tone(0.4, level, pitch) * rng.random() for pitch in range(200, 900, 40)])
    decoded = decode(master(bursts, RATE))
    found = measure(decoded, RATE)
    assert found.ok, found.problems


def test_silence_cannot_be_mastered() -> None:
    with pytest.raises(BadInput):
        master(np.zeros(RATE, dtype=np.float32), RATE)


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (np.clip(tone(3, 4.0), -1, 1), "vỡ"),
        (tone(3, 0.01), "LUFS"),
        (np.concatenate([tone(2, 0.2), np.zeros(4 * RATE, np.float32), tone(2, 0.2)]), "im lặng"),
        (np.zeros(3 * RATE, np.float32), "không có tiếng"),
    ],
    ids=["clipped", "quiet", "gap", "silent"],
)
def test_faults_are_found_and_named(tmp_path: Path, samples: np.ndarray, problem: str) -> None:
    file = tmp_path / "faulty.wav"
    soundfile.write(file, samples, RATE)
    found = check(file)
    assert not found.ok
    assert any(problem in line for line in found.problems)


def test_too_fast_and_too_slow_are_found(spoken_file: Path) -> None:
    assert any("Tốc độ" in line for line in check(spoken_file, TEXT * 2).problems)
    assert any("Tốc độ" in line for line in check(spoken_file, "một hai ba bốn " * 3).problems)


def test_peaks_between_samples_are_seen() -> None:
    between = (np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)).astype(np.float32)  # samples at 0.707, peaks at 1
    assert measure(between, RATE).true_peak_dbtp == pytest.approx(0, abs=0.3)


def test_a_file_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "la.mp3"
    file.write_text("không phải tiếng")
    with pytest.raises(BadInput):
        check(file)


def test_the_chime_is_soft_and_short() -> None:
    bell = chime(RATE)
    assert 2 < len(bell) / RATE < 3
    assert np.max(np.abs(bell)) == pytest.approx(0.35, abs=0.01)
    assert abs(bell[-1]) < 1e-3
