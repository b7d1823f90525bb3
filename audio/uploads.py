"""A person's voice from a file: any language, mastered and measured like everything else.

Files come from phones: MP3, WAV, FLAC, OGG/Opus; M4A (AAC) only where ``ffmpeg`` is installed on this machine.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from audio.bulletins import kept
from audio.mastering import RATE, Tags, decode, master, tagged
from audio.measure import Samples, measure
from audio.phrases import LANGUAGES
from audio.pronounce import own_words
from audio.recorder import write
from audio.spoken import spoken
from audio.tables import Bulletin, Recording
from register.errors import BadInput
from register.home import VIETNAM, Home
from register.units import commune_of

SUFFIXES = (".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a", ".aac")
KINDS = {".m4a": "mov", ".aac": "aac"}  # ffmpeg's names; told, it takes no playlist that leads elsewhere for one
LONGEST_S = 15 * 60  # no session on air is longer
USUAL_RATE = 48_000  # Hz, of phones; silence of 655 kHz unpacks to gigabytes, and mastering would hold them here
FFMPEG_S = 60


def read_sound(file: Path) -> tuple[Samples, int]:
    """Mono samples of an uploaded file and their rate. BadInput says what to do."""
    if file.suffix.lower() in KINDS:
        with TemporaryDirectory(dir=file.parent) as folder:  # a voice lies where its file does, on no disk of others
            return _read(_converted(file, Path(folder) / "nghe.wav"))
    return _read(file)


def _read(file: Path) -> tuple[Samples, int]:
    try:
        about = soundfile.info(file)
        if about.frames > LONGEST_S * min(about.samplerate, USUAL_RATE):
            raise BadInput(f"Bản ghi dài quá {LONGEST_S // 60} phút. Hãy cắt ngắn.")
        samples, rate = soundfile.read(file, dtype="float32", always_2d=True)
    except (OSError, RuntimeError):
        raise BadInput("Không đọc được tệp âm thanh này. Hãy đưa tệp MP3, WAV, FLAC hoặc OGG.") from None
    return samples.mean(axis=1).astype(np.float32), int(rate)


def _converted(file: Path, wav: Path) -> Path:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise BadInput("Máy này chưa đọc được tệp M4A. Hãy lưu lại thành MP3 hoặc WAV rồi tải lên.")
    kind = ["-protocol_whitelist", "file", "-f", KINDS[file.suffix.lower()]]
    length = ["-t", str(LONGEST_S + 1)]  # one second more than may be: what is too long is refused, not cut
    command = [ffmpeg, "-v", "error", *kind, "-i", str(file), "-vn", *length, "-ac", "1", str(wav)]
    try:
        subprocess.run(command, check=True, timeout=FFMPEG_S, stdin=subprocess.DEVNULL, capture_output=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise BadInput("Không đọc được tệp M4A này. Hãy lưu lại thành MP3 hoặc WAV rồi tải lên.") from None
    return wav


def take_recording(
    home: Home, bulletin_id: int, samples: Samples, rate: int, now: datetime, language: str = "vi"
) -> Recording:
    """Keep a person's reading of a bulletin. What fails the check is not kept; BadInput names the faults.

    ``language``: of the reading; the pace is judged in Vietnamese only, where the words are known.
    """
    if language not in LANGUAGES:
        raise BadInput(f"Không có ngôn ngữ “{language}”. Hãy chọn trong danh sách.")
    with home.db.read() as session:
        bulletin = session.get(Bulletin, bulletin_id)
        if bulletin is None:
            raise BadInput(f"Không có bản tin số {bulletin_id}.")
        station = f"Đài truyền thanh {commune_of(session, bulletin.commune).name}"
        said = spoken(bulletin.text, own_words(session, bulletin.commune)).text if language == "vi" else None
    target = float(home.settings.loudness)
    mp3 = master(samples, rate, target)
    found = measure(decode(mp3), RATE, said, target)
    if not found.ok:
        raise BadInput(f"Bản ghi chưa đạt: {' '.join(found.problems)} Hãy ghi lại rồi tải lên.")
    voice = "recording" if language == "vi" else f"recording-{language}"
    tags = Tags(bulletin.title, station, bulletin.text, f"Giọng: người đọc ({LANGUAGES[language]}).", now)
    file = home.audio / f"ban-tin-{bulletin_id}-{voice}-{now.astimezone(VIETNAM):%Y%m%d-%H%M%S}.mp3"
    write(file, tagged(mp3, tags))
    return kept(home, bulletin, voice, False, file, found, now)
