"""Sound: a whole recording (spoken form, voice, mastering, MP3, measured), beside the voice alone.

With the voice in the box, so that nothing depends on a network. Its loudness is a target too.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from audio.recorder import record, sentences
from audio.spoken import spoken
from audio.voices import choose_voice
from benchmarks.run import Measured, seconds
from settings import Settings

PARTS, PARTS_QUICK = 12, 2  # a part is about half a minute of speech
TEXT = """Kính thưa toàn thể bà con.
Sáng thứ Ba, ngày 01/12/2026, từ 8 giờ, tại nhà văn hóa khu phố 1, có buổi giúp bà con tạo tài khoản hưởng
an sinh xã hội trên ứng dụng VNeID. Bà con mang theo điện thoại và thẻ căn cước. Việc này miễn phí.
Cán bộ không hỏi mật khẩu, không hỏi mã OTP. Cần hỏi thêm, xin gọi 1900 0368.
"""
LOUDNESS_LUFS, TOLERANCE_LU = -16.0, 1.0
PEAK_DBTP = -1.5


def measure(quick: bool) -> Measured:
    """Seconds of work for a minute of audio, and what came out."""
    text = TEXT * (PARTS_QUICK if quick else PARTS)
    voice = choose_voice(Settings.model_construct(), "espeak")
    voice.say("Xin chào.")  # the first sentence loads the library
    with tempfile.TemporaryDirectory(prefix="tungnha-bench-") as folder:
        out = Path(folder) / "recording.mp3"
        found = record(text, voice, out, title="Đo")
        whole = seconds(lambda: record(text, voice, out, title="Đo"), 1 if quick else 3)
    parts = sentences(spoken(text).text)
    alone = seconds(lambda: [voice.say(part) for part in parts], 3)
    minutes = found.duration_s / 60
    return Measured(
        figures={
            "audio_minutes": minutes,
            "record_s_per_minute": whole / minutes,
            "voice_alone_s_per_minute": alone / minutes,
            "lufs": found.lufs,
            "true_peak_dbtp": found.true_peak_dbtp,
            "loudness_off_lu": abs(found.lufs - LOUDNESS_LUFS),
        },
        ratios={"record_over_voice_alone": whole / alone, "faster_than_speech": found.duration_s / whole},
        targets={
            "faster_than_speech": ("least", 1),
            "loudness_off_lu": ("most", TOLERANCE_LU),
            "true_peak_dbtp": ("most", PEAK_DBTP),
        },
    )
