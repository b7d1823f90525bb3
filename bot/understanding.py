"""What did the citizen mean? ``classify(text) -> (intent, confidence)``.

Rules come first where a miss is not allowed (stop) or a phrase is beyond doubt; then a small linear
model over character and word pieces of the folded text (model.py), learned from training.yaml once after
an installation and kept as a file. People type without accents, with teencode and by ear:
``normalise`` evens that out before the model looks. Low confidence is told as "other".
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from contextlib import redirect_stdout, suppress
from functools import lru_cache
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from zipfile import BadZipFile

import structlog
import yaml

from bot import model as linear
from bot import phrases, slips, stopping
from bot.model import OTHER, Model, learn, load, save
from content import words as spelling
from content.words import fold, nfc
from settings import get_settings

log = structlog.get_logger(__name__)

TRAINING = Path(__file__).with_name("training.yaml")
OWN = "cau-noi.yaml"  # in the home
KEPT = "understanding-"
LEAST = 0.2  # below this the guess is not told; chosen on the held-out lines in tests/bot
# What changes whom we write to wants more certainty than an answer does.
GRAVE = {"stop": 0.5, "not_me": 0.4, "report.deceased": 0.4, "helping": 0.35}

# Teencode and short forms → the plain word, all folded. A form that is a common word itself is not here.
_WORDS: dict[str, str] = {
    said: plain
    for plain, forms in {
        "khong": "ko k kg kh khum hok hk hem honk hongg khg hog",
        "duoc": "dc duok duocj dkuoc",
        "gi": "j",
        "nhu the nao": "ntn",
        "the nao": "tnao thenao",
        "roi": "r rui ruj roy",
        "tai khoan": "tk tkhoan taikhoan tkk",
        "so tai khoan": "stk sotk",
        "ngan hang": "nh nhang nganhang bank agribank agri bidv vietinbank vietcombank vcb sacombank techcombank tcb"
        " mbbank mb vpbank tpbank lpbank hdbank acb bvbank ncb namabank vietbank",
        "mat khau": "mk pass password pw matkhau",
        "dien thoai": "dt fone phone dthoai dienthoai",
        "toi": "tui t toy",
        "biet": "bit bik bjk bt",
        "vay": "z zay dzay dzi rua",
        "vao": "zo zao",
        "dang ky": "dk dki dky dangky",
        "vneid": "vnid vneit vnei vned vneld vineid vnied veneid vneed",
        "can cuoc": "cccd",
        "chung minh": "cmnd cmt cmtnd",
        "an sinh xa hoi": "asxh",
        "bao nhieu": "bn bnhieu baonhiu",
        "nhieu": "nhiu",
        "lam": "lm",
        "gio": "h",
        "nay": "ni",
        "ok": "oke okie okay oki uki okela okk oce okey",
        "cam on": "camon tks thks thank thanks thankyou",
        "nguoi": "ng ngta",
        "buoc": "bc bk buoc",
        "passcode": "pascode passcod",
        "ung dung": "app",
        "voi": "vs",
        "gium": "zum",
        "so dien thoai": "sdt",
        "lanh": "linh",
        "bao gio": "bgio bh",
        "nhan tin": "nt ib inbox",
        "dung": "dug dugn dungf duwngf duwng dwng dwngf dungw dunq dungg",
        "huy": "huyr huyj hyu",
        "ngung": "ngug ngunq nguwng ngwng",
        "stop": "xtop sotop st0p",
        "block": "bloc blok",
        "truoc": "trc trk",
        "muon": "mun",
        "minh": "mik mih",
        "dang": "dag",
        "nhung": "nhug",
    }.items()
    for said in forms.split()
}
# The same for words that are only clear with their accents.
_ACCENTED: dict[str, str] = {
    said: plain
    for plain, words in {
        "khong": ("hông", "hổng", "nỏ", "chả", "chẳng"),
        "lam": ("mần",),
        "dau": ("mô",),
        "thay": ("chộ",),
        "sao": ("răng",),
        "gio": ("chừ",),
        "vay": ("rứa",),
        "me": ("má", "mạ"),
        "vao": ("vô",),
        "bam": ("nhấn", "ấn", "bấm"),
        "gium": ("dùm",),
        "toi": ("tớ", "tau", "tao"),
        "phai": ("đúng",),  # folded it would read as "dừng"
        "xai": ("dùng",),
        "treo": ("đứng", "đơ"),
        "dung": ("dẹp", "cấm", "dừg", "dừn", "dửng", "đừg", "đừn"),
        "cut": ("cút", "biến", "câm", "xéo"),
        "nan": ("chán",),
        "cang": ("chân",),  # folded they would read as "chặn"
        "cham": ("đụng", "đựng", "dựng"),
        "giat": ("giật",),
        "gui": ("gởi", "gưởi"),
        "cai": ("cấy", "kấy"),
        "do": ("nớ", "nứ"),
        "kia": ("tê",),
        "nhe": ("hè", "hầy", "hỉ", "hĩ"),
        "nua": ("nựa",),
        "duoc": ("đặng",),
        "bao": ("biểu",),
        "ba": ("mệ", "bả"),
        "hu": ("hỏng",),  # folded, "hong" is the South's "no"
    }.items()
    for said in words
}
# Turns of speech that say something else than their words; folded.
_TURNS = tuple(
    (re.compile(said), meant)
    for said, meant in (
        (r"\bngan hang (?:ngan hang ?)+\b", "ngan hang "),
        (r"\b(\w+) (\w+) \1 \w*iec\b", r"\1 \2"),  # ngân hàng ngân hiếc, điện thoại điện thiếc
        (r"\b(?:lam (?:gi|chi)(?: ma)?|nao|dau) co\b", "khong co"),  # làm gì có, nào có, đâu có
        # "có ngân hàng chi đâu", "có cài đâu": no; "có ở đâu", "có biết ở đâu" asks where
        (
            r"\bco ((?:(?!o\b|cho\b|nam\b|coi\b|xem\b|so\b|la\b)\w+ ){1,4}?)"
            r"(?:gi |chi |nao |het )?dau(?= (?:ma|con|chau|em)\b|$)",
            r"khong co \1",
        ),
        (r"\bhong (?!roi\b|mat\b|het\b|man\b|luon\b|nang\b|hoc\b|$)", "khong "),  # hổng, without its accents
        (r"\b(duoc|phai|dang|chua|co) hong$", r"\1 khong"),
        (r"\bmay (?=tien\b|dong\b)", "bao nhieu "),  # mấy tiền
        (r"\b(?:khong|hem) (?:thich|ung|ham|khoai|them) (?=nhan\b)", "khong muon "),
        (r"\bbi (?:no |ho |nguoi ta |ke gian )?(?:gat|phinh|du|bip)\b", "bi lua"),
    )
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)?|[?]")
# VNeID in pieces and as people say it: v n e id, vê nờ e ai đi, vi en i đi, vê nây i đi
_SPLIT_NAMES = re.compile(
    r"\b(?:v[ .-]?n[ .-]?e?[ .-]?i[ .-]?d|(?:vê|vi|vy|ve)[ .-]?(?:nờ|en|nây|nê|né|nay|no(?= e\b)|ne)"
    r"(?:[ .-]?e)?[ .-]?(?:id|(?:i|ai|y)[ .-]?(?:d|đi|di|đê|de|đây)))\b"
)
_SPACED = re.compile(r"(?<!\w)[^\W\d_](?:[ ._*,\-/][^\W\d_]){2,}(?!\w)")  # d ừ n g, s.t.o.p
_BETWEEN = re.compile(r"[ ._*,\-/]")
_LONG = re.compile(r"([a-z])\1{2,}|([b-df-hj-np-tv-z])\2+$")
_PARTS = re.compile(r"[,.;:!?\n…]+|\b(?:mà|với lại|hay là|rồi còn|rồi cho hỏi|cho hỏi)\b", re.IGNORECASE)


_SYLLABLE = re.compile(
    r"(?:ngh?|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?"
    r"(?:[iy]e(?=[ucmnpt])u?|uye|uya|u?o[aei]?|oa[iyo]|u?a[iouy]?|u[eiuy]|uoi|uou|eo|eu|e|i[aou]?|u|y)"
    r"(?:ch|ng|nh|[cmnpt])?"
)
_FOREIGN = {"next", "yes", "max", "plus", "bus", "gas", "us", "is", "has", "let", "post"}
_KEYS = re.compile(r"(?<=[aeiouy])w|(?<=[aeoud])(?<=(.))\1|(?<=[a-z])[sfrxj](?=$|ng$|nh$|ch$|[cmnpt]$)|[1-9]")
_J_FOR_I = re.compile(r"(?<=[b-df-hk-np-tv-z])j(?=[aeu]|$)|(?<=o)j$")  # tjen, dj, toj


def is_syllable(word: str) -> bool:
    """Whether a folded word could be a Vietnamese one."""
    return bool(_SYLLABLE.fullmatch(word))


def _retyped(word: str) -> str:
    """A word without the accents that stand in it as they were keyed (Telex: "muoons", "dawng"; VNI: "muo6n1").

    A j may also be the i of those who write short.
    """
    if word in _FOREIGN or is_syllable(word):
        return word
    if is_syllable(said := _J_FOR_I.sub("i", word)):
        return said
    bare = _KEYS.sub("", word).replace("uw", "u").replace("ow", "o").replace("aw", "a")
    return bare if is_syllable(bare) else word


@lru_cache(maxsize=4_096)
def normalise(text: str) -> str:
    """Folded, teencode and regional words and turns of speech replaced, drawls shortened, punctuation dropped."""
    words = []
    text = _SPACED.sub(lambda match: _BETWEEN.sub("", match.group()), unicodedata.normalize("NFKC", text))
    for word in _WORD.findall(_SPLIT_NAMES.sub(" vneid ", text.lower())):
        plain = _ACCENTED.get(word) or fold(word)
        short = _LONG.sub(r"\1\2", plain)
        words.append(_WORDS.get(plain) or _WORDS.get(short) or _WORDS.get(typed := _retyped(short), typed))
    plain = " ".join(words)
    for said, meant in _TURNS:
        plain = said.sub(meant, plain)
    return plain


def parts_of(text: str) -> list[str]:
    """The pieces of a text as its commas and a few small words cut it; [] when it is one piece."""
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    return parts if len(parts) > 1 else []


def training_lines(file: Path = TRAINING) -> list[tuple[str, str]]:
    """All (intent, line) pairs of a training file: under each intent its lines, as people write them."""
    raw: dict[str, str] = yaml.safe_load(nfc(file.read_text("utf-8"))) or {}
    return [(intent, line.strip()) for intent, block in raw.items() for line in block.splitlines() if line.strip()]


def own_file() -> Path:
    """The lines that this installation's staff add, in the same form as the shipped ones; read at the next start."""
    return get_settings().home.expanduser() / OWN


def all_lines(own: Path) -> list[tuple[str, str]]:
    """The shipped lines and staff's own. What cannot be read is left out and told."""
    shipped = training_lines()
    if not own.exists():
        return shipped
    try:
        added = training_lines(own)
    except (OSError, ValueError, AttributeError, yaml.YAMLError) as error:
        log.warning("training.own_lines_unreadable", error=type(error).__name__)
        return shipped
    fitting = [(intent, line) for intent, line in added if intent in intents()]
    if len(fitting) < len(added):
        log.warning("training.own_lines_without_intent", lines=len(added) - len(fitting))
    return [*shipped, *fitting]


@lru_cache
def intents() -> tuple[str, ...]:
    """Every intent, in the order of the training file."""
    return tuple(dict.fromkeys(intent for intent, _ in training_lines()))


_training = Lock()


def model() -> Model:
    """The model of the shipped lines, read once per process: threads that ask meanwhile wait for it."""
    with _training:
        return trained()


@lru_cache
def trained() -> Model:
    """What ``model`` keeps: read from its file, or learned first where there is none yet.

    A child learns: it would keep this process from answering for a second or two, and needs scikit-learn.
    """
    file = kept_file()
    try:
        return load(file)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        pass
    with TemporaryDirectory() as folder:
        new = Path(folder) / file.name
        command = [sys.executable, "-m", "bot.understanding", str(own_file()), str(new)]
        subprocess.run(command, check=True)  # noqa: S603 — ourselves
        found = load(new)
        with suppress(OSError):  # an installation that may not write to itself learns at every start
            keep(new, file)
    return found


def kept_file() -> Path:
    """Where the learned numbers lie: beside Python's own compiled files, named by all that they depend on."""
    about = hashlib.sha256(version("scikit-learn").encode())
    for source in (TRAINING, Path(__file__), Path(linear.__file__), Path(spelling.__file__)):
        about.update(source.read_bytes())
    with suppress(OSError):
        about.update(own_file().read_bytes())
    return Path(cache_from_source(__file__)).with_name(f"{KEPT}{about.hexdigest()[:16]}.npz")


def keep(new: Path, file: Path) -> None:
    """Put the new file where it is looked for, and remove those of other lines or versions."""
    file.parent.mkdir(parents=True, exist_ok=True)  # PYTHONPYCACHEPREFIX may be new
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    shutil.copyfile(new, beside)
    beside.replace(file)
    for old in file.parent.glob(f"{KEPT}*.npz"):
        if old != file:
            old.unlink(missing_ok=True)


@lru_cache(maxsize=4_096)
def read(text: str) -> str:
    """``normalise``, and slips of the thumb mended by the words of the training lines."""
    known = model()
    return slips.mend(normalise(text), _WORDS, known.rarity, known.rare)


@lru_cache(maxsize=4_096)
def classify(text: str) -> tuple[str, float]:
    """The intent of one utterance (design: 38 names) and a confidence from 0 to 1."""
    plain = read(text)
    if not plain.strip("? "):
        return OTHER, 1.0
    if stopping.asks_to_stop(plain, tuple(map(normalise, parts_of(text)))):
        return "stop", 1.0
    certain = phrases.intent_of(plain)
    if certain:
        return certain, 0.95
    intent, sure = model().guess(plain)
    if phrases.lacks_evidence(intent, plain):
        if intent != "report.deceased":
            return OTHER, sure
        intent, sure = model().guess(plain, intent)  # "mẹ mất sim": then it is about the SIM
        if phrases.lacks_evidence(intent, plain):
            return OTHER, sure
    if intent == "stop" and stopping.looks_like_it(plain):
        return OTHER, sure
    return (intent, sure) if sure >= GRAVE.get(intent, LEAST) else (OTHER, sure)


@lru_cache(maxsize=1_024)
def likeliest(text: str) -> tuple[str, ...]:
    """The two intents that a text not understood comes nearest to, or () when it is about something else."""
    plain = read(text)
    near = model().nearest(plain) if plain.strip("? ") else ()
    return tuple(intent for intent in near if not phrases.lacks_evidence(intent, plain))


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):  # who asks may be answering on standard output
        save(learn((intent, normalise(line)) for intent, line in all_lines(Path(sys.argv[1]))), Path(sys.argv[2]))
