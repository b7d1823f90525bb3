"""Voices: the one in the box, and Google's against a stand-in on this machine."""

import base64
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from audio.mastering import encode
from audio.phrases import Bank, cut
from audio.pieces import Pieces
from audio.voices import Espeak, Google, Phrases, Piper, VoiceSilent, choose_voice, offered, pieces_of
from register.errors import BadInput
from settings import Settings


class StandIn(ThreadingHTTPServer):
    """Answers like Google's translate server; ``modes`` says what goes wrong, one a request, the last for ever."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.modes = ["good"]
        self.retry_after = ""
        self.asked: list[str] = []
        self.location, self.visits = "", 0
        self.released = threading.Event()
        tone = 0.3 * np.sin(np.arange(44_100) / 44_100 * 2 * np.pi * 300)
        self.sound = base64.b64encode(encode(tone.astype(np.float32))).decode()


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.asked.append(unquote(unquote(body)))
        self.server.visits += 1
        mode = self.server.modes.pop(0) if len(self.server.modes) > 1 else self.server.modes[0]
        if mode == "stall":
            self.server.released.wait(30)
            return
        if mode.isdigit():
            self.send_response(int(mode))
            if self.server.location:
                self.send_header("Location", self.server.location)
            if self.server.retry_after:
                self.send_header("Retry-After", self.server.retry_after)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        answer = b")]}'\n" if mode == "empty" else self._sound()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.server.visits += 1
        self.send_error(404)

    def _sound(self) -> bytes:
        return f')]}}\'\n[["wrb.fr","jQ1olc","[\\"{self.server.sound}\\"]",null]]\n'.encode()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def base(server: StandIn) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_the_voice_in_the_box_speaks_and_is_a_draft() -> None:
    voice = Espeak()
    samples, rate = voice.say("Kính thưa bà con.")
    assert voice.draft
    assert 0.5 < len(samples) / rate < 4
    assert np.max(np.abs(samples)) > 0.1


def test_it_says_the_same_thing_in_the_same_time() -> None:
    first, _ = Espeak().say("Xin nhắc lại.")
    second, _ = Espeak().say("Xin nhắc lại.")
    assert len(first) == pytest.approx(len(second), rel=0.01)


def test_a_faster_pace_is_shorter() -> None:
    slow, _ = Espeak().say("Việc này miễn phí và tự nguyện.")
    fast, _ = Espeak().paced(1.3).say("Việc này miễn phí và tự nguyện.")
    assert len(fast) < len(slow)


def test_google_is_asked_in_pieces_of_at_most_100_characters(google: StandIn) -> None:
    samples, rate = Google(base(google)).say("Xã mời bà con đến tạo tài khoản, " * 8)
    assert len(google.asked) == 3
    assert rate == 44_100
    assert len(samples) > 2.5 * rate


LINES = ["Xin chào bà con.", "Xã có thông báo.", "Việc này miễn phí.", "Xin cảm ơn."]


def test_a_server_without_a_good_certificate_is_told_nothing_and_not_heard(google: StandIn, tmp_path: Path) -> None:
    """Whoever stands on the line between us and Google could else speak from the commune's loudspeakers."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, begins + timedelta(days=36_500))
    plain, pem = serialization.NoEncryption(), serialization.Encoding.PEM
    file = tmp_path / "tls.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        + made.sign(key, hashes.SHA256()).public_bytes(pem)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    google.socket = tls.wrap_socket(google.socket, server_side=True)
    with pytest.raises(VoiceSilent):
        Google(base(google).replace("http:", "https:"), (2.0, 2.0), lambda _: None).say("Mời bà con.")
    assert google.asked == []


def test_nobody_is_followed_to_another_address(google: StandIn) -> None:
    google.modes, google.location = ["302"], f"{base(google)}/khac"
    with pytest.raises(VoiceSilent):
        Google(base(google), wait=lambda _: None).say("Mời bà con.")
    assert len(google.asked) == google.visits == 3  # the three tries, and no visit anywhere else


def patient(google: StandIn, waited: list[float], timeout: float = 5.0) -> Google:
    return Google(base(google), (2.0, timeout), waited.append)


@pytest.mark.parametrize("mode", ["429", "500", "empty"])
def test_a_failing_or_empty_answer_never_becomes_silence(google: StandIn, mode: str) -> None:
    google.modes = [mode]
    waited: list[float] = []
    with pytest.raises(VoiceSilent):
        patient(google, waited).say("Xin chào.")
    assert len(google.asked) == 3
    assert waited == [1.0, 2.0]


@pytest.mark.parametrize(("said", "waits"), [("7", 7.0), ("Sun, 22 Nov 2020 00:00:00 GMT", 0.0)])
def test_the_pause_that_the_server_asks_for_is_kept(google: StandIn, said: str, waits: float) -> None:
    google.modes, google.retry_after = ["429", "good"], said
    waited: list[float] = []
    patient(google, waited).say("Xin chào.")
    assert waited == [waits]


def test_a_server_that_stalls_is_not_waited_for_for_ever(google: StandIn) -> None:
    google.modes = ["stall", "good"]
    waited: list[float] = []
    patient(google, waited, timeout=0.3).say("Xin chào.")
    assert len(google.asked) == 2


def test_every_sentence_is_spoken_or_named_as_missing(google: StandIn, tmp_path: Path) -> None:
    google.modes = ["good", "empty", "empty", "empty", "good"]
    store = Pieces(tmp_path)
    with pytest.raises(VoiceSilent) as missed:
        store.all_of(LINES, patient(google, []))
    assert "Còn thiếu 1/4 câu: “Xã có thông báo.”" in str(missed.value)
    before = len(google.asked)
    again = Pieces(tmp_path)
    assert set(again.all_of(LINES, patient(google, []))) == set(LINES)
    assert len(google.asked) == before + 1, "what was spoken is kept, by text and voice"


def test_a_server_that_wants_peace_is_left_in_peace_and_the_rest_is_named(google: StandIn, tmp_path: Path) -> None:
    google.modes, google.retry_after = ["good", "429"], "600"
    waited: list[float] = []
    with pytest.raises(VoiceSilent) as missed:
        Pieces(tmp_path).all_of(LINES, patient(google, waited))
    assert len(google.asked) == 2
    assert waited == []
    assert "sau 10 phút" in str(missed.value)
    assert all(f"“{line}”" in str(missed.value) for line in LINES[1:])


def test_a_line_that_is_down_names_every_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(VoiceSilent, match="Còn thiếu 4/4 câu"):
        Pieces(tmp_path).all_of(LINES, Google(f"http://127.0.0.1:{port}", (1.0, 1.0), lambda _: None))


def test_auto_falls_back_to_the_box_when_google_fails(google: StandIn, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, voice="auto", gtts_base=base(google))
    assert choose_voice(settings).name == "gtts"
    google.modes, google.retry_after = ["500"], "3600"
    assert choose_voice(settings).name == "espeak"


def test_the_voices_that_are_there_are_shown_best_first(tmp_path: Path) -> None:
    shown = offered(Settings(home=tmp_path, piper_folder=None))
    assert [(voice.name, voice.ready) for voice in shown] == [("piper", False), ("gtts", True), ("espeak", True)]
    assert "người quản trị" in shown[0].why


def test_an_unknown_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="giọng"):
        choose_voice(Settings(home=tmp_path), "banmai")


def test_pieces_are_cut_at_commas_or_spaces_and_lose_nothing() -> None:
    text = "một hai ba bốn, " * 20 + "x" * 130
    pieces = pieces_of(text)
    assert all(len(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")


# --- A neural voice from the operator's folder ----------------------------------------------------


def tiny_model(folder: Path, *, silent: bool = False, language: str = "vi_VN") -> Path:
    """A model with a Piper's inputs and outputs: 0.05 s of a 200 Hz tone for every phoneme, times the length scale."""
    onnx = pytest.importorskip("onnx", reason="KHÔNG kiểm giọng Piper: thiếu gói onnx")
    pytest.importorskip("piper", reason="KHÔNG kiểm giọng Piper: thiếu phần mở rộng voices")
    from onnx import TensorProto, helper

    rate, hop = 22_050, 1_102.0
    folder.mkdir(exist_ok=True)

    def constant(name: str, kind: int, values: list[float]) -> "onnx.NodeProto":
        value = helper.make_tensor(name, kind, [len(values)] if len(values) != 1 else [], values)
        return helper.make_node("Constant", [], [name], value=value)

    nodes = [
        constant("one", TensorProto.INT64, [1]),
        constant("zero_f", TensorProto.FLOAT, [0.0]),
        constant("one_f", TensorProto.FLOAT, [1.0]),
        constant("hop", TensorProto.FLOAT, [hop]),
        constant("turn", TensorProto.FLOAT, [2 * np.pi * 200 / rate]),
        constant("level", TensorProto.FLOAT, [0.0 if silent else 0.4]),
        constant("shape", TensorProto.INT64, [1, 1, -1]),
        helper.make_node("Gather", ["scales", "one"], ["length_scale"]),
        helper.make_node("Cast", ["input_lengths"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["count", "hop"], ["plain_length"]),
        helper.make_node("Mul", ["plain_length", "length_scale"], ["length"]),
        helper.make_node("ReduceMax", ["length"], ["limit"], keepdims=0),
        helper.make_node("Range", ["zero_f", "limit", "one_f"], ["at"]),
        helper.make_node("Mul", ["at", "turn"], ["angle"]),
        helper.make_node("Sin", ["angle"], ["wave"]),
        helper.make_node("Mul", ["wave", "level"], ["quiet"]),
        helper.make_node("Reshape", ["quiet", "shape"], ["output"]),
    ]
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "time"])]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", inputs, outputs), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    onnx.save(model, folder / "thu.onnx")
    signs = {"_": [0], "^": [1], "$": [2]} | {chr(code): [3] for code in range(32, 0x2FF)}
    about = {
        "audio": {"sample_rate": rate},
        "espeak": {"voice": "vi"},
        "language": {"code": language},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "num_symbols": 256,
        "num_speakers": 1,
        "phoneme_id_map": signs,
    }
    (folder / "thu.onnx.json").write_text(json.dumps(about), "utf-8")
    return folder


def test_a_model_of_the_operators_speaks_at_the_pace_that_is_wanted(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "giong")
    settings = Settings(home=tmp_path, voice="auto", piper_folder=folder)
    voice = choose_voice(settings)
    assert (voice.name, voice.draft) == ("piper", False)
    samples, rate = voice.say("Kính thưa bà con.")
    faster, _ = voice.paced(1.25).say("Kính thưa bà con.")
    assert rate == 22_050
    assert len(faster) == pytest.approx(len(samples) / 1.25, rel=0.02)
    assert np.max(np.abs(samples)) == pytest.approx(0.4, abs=0.01)
    assert offered(settings)[0].ready


@pytest.mark.parametrize("fault", ["no folder", "no description", "two models", "broken", "another language", "silent"])
def test_a_folder_that_holds_no_usable_voice_is_named(tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "giong"
    if fault != "no folder":
        tiny_model(folder, silent=fault == "silent", language="en_US" if fault == "another language" else "vi_VN")
    if fault == "no description":
        (folder / "thu.onnx.json").unlink()
    if fault == "two models":
        (folder / "hai.onnx").write_bytes(b"x")
    if fault == "broken":
        (folder / "thu.onnx").write_bytes(b"x")
    with pytest.raises(BadInput):
        Piper(folder).say("Kính thưa bà con.")


# --- A local speaker's bank of phrases ------------------------------------------------------------


def burst(seconds: float, pitch: float, rate: int = 44_100) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def page_of(count: int, rate: int = 44_100, gap_s: float = 1.5) -> np.ndarray:
    """A recording of so many lines, half a second each and rising in pitch, in a room that hums a little."""
    gap = np.zeros(int(gap_s * rate), np.float32)
    sound = np.concatenate([part for line in range(count) for part in (gap, burst(0.5, 200 + 40 * line, rate))] + [gap])
    hum = 0.003 * np.sin(2 * np.pi * 50 * np.arange(len(sound)) / rate)
    return (sound + hum).astype(np.float32)


READ = ["Buổi hỗ trợ tại", "thôn Đông", "tám giờ", "sáng", "thứ Ba", "ngày một", "tháng mười hai", "Xin cảm ơn bà con"]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    bank = Bank(tmp_path / "audio", "22945")
    bank.take_page(READ, page_of(len(READ)), 44_100)
    return bank


def test_a_page_read_in_one_go_is_cut_into_its_lines() -> None:
    lines = cut(page_of(5), 44_100)
    assert [len(line) / 44_100 for line in lines] == pytest.approx([0.56] * 5, abs=0.03)


def test_a_page_with_a_line_too_few_is_refused_and_keeps_nothing(tmp_path: Path) -> None:
    bank = Bank(tmp_path, "22945")
    with pytest.raises(BadInput, match="8 câu, nhưng nghe ra 7"):
        bank.take_page(READ, page_of(7), 44_100)
    assert bank.recorded() == {}


def test_live_figures_are_joined_from_what_was_read(bank: Bank) -> None:
    voice = Phrases(bank)
    samples, rate = voice.say("Buổi hỗ trợ tại thôn Đông: tám giờ sáng thứ Ba, ngày một tháng mười hai.")
    assert not voice.draft
    assert len(samples) / rate == pytest.approx(7 * 0.56 + 4 * 0.04 + 2 * 0.25, abs=0.2)
    assert set(bank.recorded()) == {" ".join(line.lower().split()) for line in READ}


def test_a_word_that_nobody_read_is_named(bank: Bank) -> None:
    with pytest.raises(VoiceSilent, match="chín giờ"):
        Phrases(bank).say("Buổi hỗ trợ tại thôn Đông: chín giờ sáng.")


def test_a_persons_voice_is_chosen_where_it_can_say_all(bank: Bank, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, voice="auto", gtts_base="http://127.0.0.1:9")
    assert choose_voice(settings, "auto", "22945", ["Xin cảm ơn bà con."]).name == "phrases"
    assert choose_voice(settings, "auto", "22945", ["Xin cảm ơn bà con.", "Một câu khác."]).name == "espeak"
    assert choose_voice(settings, "auto", "00001", ["Xin cảm ơn bà con."]).name == "espeak"
    assert offered(settings, "22945")[0].label == "giọng người địa phương (tiếng Việt)"


def test_another_language_is_only_ever_chosen_by_name(tmp_path: Path) -> None:
    Bank(tmp_path / "audio", "22945", "tyz").take_page(READ, page_of(len(READ)), 44_100)
    settings = Settings(home=tmp_path, voice="auto", gtts_base="http://127.0.0.1:9")
    assert choose_voice(settings, "auto", "22945", ["Xin cảm ơn bà con."]).name == "espeak"
    assert choose_voice(settings, "phrases-tyz", "22945").label == "giọng người địa phương (tiếng Tày)"
