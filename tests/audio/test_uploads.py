"""Recordings that people send: what is too long, too dense or no recording at all is refused with one sentence."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio import uploads
from audio.uploads import read_sound
from register.errors import BadInput


def silence(file: Path, seconds: int, rate: int) -> Path:
    with soundfile.SoundFile(file, "w", rate, 1, "PCM_16") as sound:
        for _ in range(seconds):
            sound.write(np.zeros(rate, dtype=np.int16))
    return file


@pytest.fixture
def ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine with ffmpeg, whatever this one has."""
    imageio = pytest.importorskip("imageio_ffmpeg", reason="KHÔNG THỬ M4A: thiếu imageio-ffmpeg")
    place = tmp_path / "bin"
    place.mkdir()
    (place / "ffmpeg").symlink_to(imageio.get_ffmpeg_exe())
    monkeypatch.setenv("PATH", str(place), prepend=":")
    return str(place / "ffmpeg")


def test_three_hours_of_sound_are_refused_however_small_the_file(tmp_path: Path) -> None:
    file = silence(tmp_path / "lau.flac", 3 * 3600, 100)
    assert file.stat().st_size < 100_000
    with pytest.raises(BadInput, match="dài quá 15 phút"):
        read_sound(file)


def test_few_seconds_that_would_fill_the_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence of 655 kHz: half a megabyte becomes gigabytes once it is mastered."""
    monkeypatch.setattr(uploads, "LONGEST_S", 60)
    with pytest.raises(BadInput, match="dài quá"):
        read_sound(silence(tmp_path / "day.flac", 5, 655_350))
    assert len(read_sound(silence(tmp_path / "thua.flac", 59, 8_000))[0]) == 59 * 8_000


@pytest.mark.parametrize("body", [b"", b"ID3", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"fLaC" + b"\xff" * 400, b"OggS" * 50])
@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac", ".ogg", ".m4a", ".aac"])
def test_what_is_no_recording_is_refused_with_a_sentence(tmp_path: Path, suffix: str, body: bytes) -> None:
    file = tmp_path / f"hong{suffix}"
    file.write_bytes(body)
    with pytest.raises(BadInput):
        read_sound(file)


def test_a_phones_m4a_is_read_and_one_that_is_too_long_is_refused_not_cut(
    tmp_path: Path, ffmpeg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LONGEST_S", 5)
    for seconds in (2, 60):
        tone = ["-f", "lavfi", "-i", f"sine=frequency=300:sample_rate=8000:duration={seconds}"]
        subprocess.run([ffmpeg, "-v", "error", "-y", *tone, "-c:a", "aac", tmp_path / "nghe.m4a"], check=True)
        if seconds == 2:
            samples, rate = read_sound(tmp_path / "nghe.m4a")
            assert len(samples) / rate == pytest.approx(2, abs=0.2)
    with pytest.raises(BadInput, match="dài quá"):
        read_sound(tmp_path / "nghe.m4a")
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("tmp")] == []


@pytest.mark.usefixtures("ffmpeg")
@pytest.mark.parametrize("suffix", [".m4a", ".aac"])
def test_a_playlist_under_the_name_of_a_recording_leads_to_no_other_file(tmp_path: Path, suffix: str) -> None:
    """ffmpeg takes a text that names files or addresses for a recording, unless it is told what it gets."""
    soundfile.write(tmp_path / "khac.wav", np.full(8_000, 0.3, dtype=np.float32), 8_000)
    lists = [
        "ffconcat version 1.0\nfile khac.wav\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:5,\n{(tmp_path / 'khac.wav').as_uri()}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:5,\nhttp://127.0.0.1:9/x.mp3\n#EXT-X-ENDLIST\n",
    ]
    assert shutil.which("ffmpeg")
    for text in lists:
        (tmp_path / f"nghe{suffix}").write_text(text)
        with pytest.raises(BadInput):
            read_sound(tmp_path / f"nghe{suffix}")
