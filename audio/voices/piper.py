"""A neural voice on this machine: a Piper model (``*.onnx`` and ``*.onnx.json``) from a folder that the operator fills.

No Vietnamese model may be shipped with this program, and none is fetched: who runs it chooses a model and answers
for its licence. The engine is the extra ``voices`` (piper-tts).
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import structlog

from audio.voices.base import Samples, VoiceSilent
from register.errors import BadInput

log = structlog.get_logger(__name__)
SLOWEST, FASTEST = 0.6, 1.5  # times its own pace; beyond that, words are swallowed


class Piper:
    """The one model in ``folder``. Loading takes a second or two, so it is done once a process."""

    name = "piper"
    draft = False
    _loaded: ClassVar[dict[tuple[Path, int], Any]] = {}
    _lock = threading.Lock()

    def __init__(self, folder: Path, pace: float = 1.0) -> None:
        self.model = model_in(folder)
        self.folder = folder
        self.pace = pace
        self.label = f"giọng máy {self.model.stem}"
        head = hashlib.sha256(self.model.name.encode() + str(self.model.stat().st_size).encode())
        self.key = f"piper-{head.hexdigest()[:12]}-{self.model.stat().st_mtime_ns}"

    def _open(self) -> Any:
        at = (self.model, self.model.stat().st_mtime_ns)
        with self._lock:
            if at not in self._loaded:
                try:
                    from piper import PiperVoice
                except ImportError:
                    raise BadInput("Chưa cài bộ đọc Piper. Hãy cài phần mở rộng “voices” của chương trình.") from None
                try:
                    self._loaded[at] = PiperVoice.load(self.model)
                except Exception as error:  # onnxruntime raises classes of its own for each kind of broken file
                    log.warning("voice_model_broken", kind=type(error).__name__)
                    raise BadInput(f"Không mở được giọng {self.model.name}. Hãy chép lại tệp giọng.") from None
            return self._loaded[at]

    def say(self, sentence: str) -> tuple[Samples, int]:
        from piper import SynthesisConfig

        engine = self._open()
        usual = engine.config.length_scale or 1.0
        chosen = SynthesisConfig(length_scale=usual / self.pace, normalize_audio=False)
        try:
            with self._lock:
                parts = [chunk.audio_float_array for chunk in engine.synthesize(sentence, chosen)]
        except Exception as error:  # a model that does not fit its description fails inside onnxruntime
            log.warning("voice_failed", voice=self.name, kind=type(error).__name__)
            raise VoiceSilent(f"Giọng {self.model.stem} không đọc được câu này. Hãy thử giọng khác.") from None
        samples = np.concatenate(parts).astype(np.float32).ravel() if parts else np.zeros(0, np.float32)
        if not np.any(np.abs(samples) > 1e-4):
            raise VoiceSilent(f"Giọng {self.model.stem} không ra tiếng ở câu này. Hãy thử giọng khác.")
        return samples, int(engine.config.sample_rate)

    def paced(self, factor: float) -> Piper:
        pace = min(max(self.pace * factor, SLOWEST), FASTEST)
        return Piper(self.folder, pace) if abs(pace - self.pace) > 0.01 else self


def model_in(folder: Path) -> Path:
    """The model of a folder. BadInput says what is wrong with it."""
    models = sorted(folder.glob("*.onnx")) if folder.is_dir() else []
    if not models:
        raise BadInput(f"Thư mục giọng {folder} chưa có tệp .onnx. Hãy chép tệp giọng và tệp .onnx.json vào đó.")
    if len(models) > 1:
        raise BadInput(f"Thư mục giọng {folder} có {len(models)} tệp .onnx. Hãy để lại một tệp.")
    about = models[0].with_name(models[0].name + ".json")
    try:
        language = json.loads(about.read_text("utf-8")).get("language", {}).get("code", "vi")
    except (OSError, ValueError, AttributeError):
        raise BadInput(f"Thiếu hoặc hỏng tệp {about.name} đi cùng giọng. Hãy chép lại.") from None
    if not str(language).startswith("vi"):
        raise BadInput(f"Giọng {models[0].name} không phải tiếng Việt.")
    return models[0]
