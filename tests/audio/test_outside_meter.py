"""Our measures beside somebody else's: ffmpeg's ebur128, the reference implementation of EBU R128."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.measure import PROFILES, check
from audio.pieces import Pieces
from audio.recorder import say
from audio.voices import Espeak

AGREES_LU, AGREES_DB = 0.3, 0.3
TEXT = "Kính thưa bà con! Xã mời bà con đến họp lúc 7h30, ngày 01/12/2026. Cán bộ không hỏi mật khẩu, không thu tiền."


def ffmpeg() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        found = shutil.which("ffmpeg")
    if found is None:
        pytest.skip("KHÔNG SO VỚI MÁY ĐO NGOÀI: thiếu imageio-ffmpeg và ffmpeg")
    return found


def outside(file: Path) -> tuple[float, float]:
    """Integrated loudness (LUFS) and true peak (dBTP) as ffmpeg measures the decoded file."""
    command = [ffmpeg(), "-hide_banner", "-nostats", "-i", str(file), "-filter_complex", "ebur128=peak=true"]
    told = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, timeout=60).stderr
    summary = told[told.rindex("Summary:") :]
    lufs = re.search(r"I:\s+(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)
    assert lufs
    assert peak
    return float(lufs[1]), float(peak[1])


def agree(file: Path, target: float = -16.0) -> None:
    mine = check(file, target=target)
    lufs, peak = outside(file)
    assert mine.lufs == pytest.approx(lufs, abs=AGREES_LU)
    assert mine.true_peak_dbtp == pytest.approx(peak, abs=AGREES_DB)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sentences")


@pytest.mark.parametrize("target", PROFILES)
def test_a_recording_is_as_loud_for_others_as_for_us(tmp_path: Path, kept: Path, target: float) -> None:
    file = tmp_path / "tin.mp3"
    made = say(TEXT, Espeak(), file, Pieces(kept, target))
    assert made.ok, made.problems
    agree(file, target)
    lufs, peak = outside(file)
    assert lufs == pytest.approx(target, abs=1)
    assert peak <= -1.4, "one decimal only: -1.5 dBTP may be shown as -1.4"


@pytest.mark.parametrize("kind", ["loud noise", "peaks between samples", "speech with long gaps"])
def test_faulty_files_are_measured_alike(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(418)
    sounds = {
        "loud noise": np.clip(rng.normal(0, 0.4, 4 * 44_100), -1, 1),
        "peaks between samples": np.hanning(4 * 44_100) * np.sin(np.pi / 2 * np.arange(4 * 44_100) + np.pi / 4),
        "speech with long gaps": np.tile(np.r_[rng.normal(0, 0.05, 44_100), np.zeros(2 * 44_100)], 3),
    }
    file = tmp_path / "thu.wav"
    soundfile.write(file, sounds[kind].astype(np.float32), 44_100)
    agree(file)
