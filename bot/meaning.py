"""What was meant by one input at this point of the conversation: a button, a code, or an intent. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from bot import languages
from bot.phrases import NOT_NOW, is_yes, offers
from bot.state import Input, State
from bot.understanding import classify, is_syllable, likeliest, parts_of, read
from content.library import library
from content.words import fold

_HALF = r"((?:[2-9A-HJ-KM-NP-Z][ .]?){3}[2-9A-HJ-KM-NP-Z])"  # no 0/O/1/I/L: they are misread
_CODE = re.compile(rf"(?<![^\W_])(?=({_HALF}[ .]?([-–—_]?)[ .]?{_HALF})(?![^\W_]))")
_CODE_WORDS = re.compile(
    r"(?i)\b(?:mã|ma|code|số|so|là|la|của|cua|tôi|toi|tui|bà|ba|đây|day|nè|ne|nhé|nhe|ạ|dạ|da|em|con)\b[ :.]*"
)
_SELF = re.compile(r"\b(?:toi tu|tu lam|chinh toi|toi day|ban than|minh toi|toi lam|la toi|chinh chu)\b")
_NOW = re.compile(
    r"\b(?:vua|moi (?:day|lam|xong|tao|dang ky|khai|hom|lien ket)"
    r"|(?:hom|bua|ban|luc|dot|lan|ngay|sang|chieu) nay)\b|^(?:da )?(?:nay|moi)$"
)
_SAYS_WHEN, SHORT_WORDS = {"guide.already", "guide.done"}, 6  # an answer to "since when?" is one of these, or short
_BEFORE = re.compile(r"\b(?:truoc|lau|nam ngoai|nam kia|hoi|tet|thang truoc|2 9)\b")
_UNWILLING = re.compile(
    r"^(?:thoi |da |toi |bac |ba |ong )*khong (?:muon |thich |can |co )?(?:lam|tao|dang ky)\b(?!.*\bduoc\b)"
)
_FORGOT = re.compile(r"\b(?:khong|chang) (?:nho|ro|biet)\b|\bquen\b")
_LATER = re.compile(
    r"^(?:thoi |da |de |hen |chac |ba |bac |toi |em |con |mua |ban qua |met qua )*"
    r"(?:(?:sang |chieu |toi )?mai|lat|chut nua|ti nua|toi|hom khac|bua khac|khi khac|khi nao ranh|tuan sau|de sau)"
    r"(?: nua)?(?: toi| ba| bac| con| em| roi| thi| moi| se)*"
    r"(?: lam| tinh| tiep| coi| xem| nhe| nha| di| a| cho| duoc khong)*$"
)
_FORGOTTEN = {  # at this step, "quên rồi" is about
    "asxh.open": "problem.forgot_password",
    "asxh.passcode": "problem.forgot_passcode",
    "asxh.number": "problem.no_account_number",
}
_UNSURE = {"other", "not_me", "guide.stuck", "guide.repeat", "guide.next", "guide.already", "ask.data"}
BEYOND_DOUBT, SURE_OF_A_PART, UNSURE = 0.95, 0.4, 0.28
_GRAVE = {"stop", "not_me", "report.deceased", "report.scam"}  # no narrower subject hides these,
_PEOPLE = {"help.human", "helping"}  # and these only where they are a guess
_POLITE = {"thanks", "greeting"}  # said beside something else, the something else counts
_PLAIN_QUESTIONS = {"ask.fee", "ask.safe", "ask.what", "ask.who", "ask.money"}
_GOES_ON = re.compile(r"\b(?:dung|ngung|nghi)(?: lai)? o (?:buoc|cho|khuc)\b|\b(?:lam|di) tiep\b|\blam do\b")
_REAL_SCAM = re.compile(r"\b(?:lo|lua|link|tien|goi|xung|nguoi|dua|ke|thang|ho|hack|doa|bao cao|to cao|ung dung)\b")
_BY_THEMSELVES = re.compile(r"^(?!.*\b(?:khong|chua)\b).*(?<!khai )(?<!chung )\btu lam\b")
_SEEN = re.compile(r"\b(?:thanh cong|xong|roi|duoc|co|thay|phai)\b")
_WHOLE_WORK = re.compile(r"\b(?:an sinh|tai khoan|dang ky|lien ket|thanh cong|yeu cau|het|tat ca|toan bo|xuoi|tao)\b")


def meant(state: State, inp: Input, text: str) -> str:
    """The intent of an input: a button's id, an intent of the understanding, or the kind of what arrived.

    ``text`` is the redacted text. Buttons come back as their id, as "#id" (Zalo), or typed by their title.
    """
    buttons = library().buttons
    if inp.kind == "button":
        return inp.button if inp.button in buttons else "other"
    if inp.kind != "text":
        return inp.kind
    if text.startswith("#"):
        return text[1:].strip() if text[1:].strip() in buttons else "other"
    typed = _titles().get(fold(text).strip())
    if typed:
        return typed
    if code_in(text):
        return "start"
    plain = read(text)
    intent, sure = classify(text)
    if intent not in _GRAVE and (language := languages.wanted(plain)):
        return language
    if intent in _POLITE:
        intent = next((said for said in map(_part, parts_of(text)) if said not in {*_POLITE, "other"}), intent)
    if sure < UNSURE and not intent.startswith(("ask.", "report.")) and len(likeliest(text)) > 1:
        intent = "other"  # both are offered as buttons
    if intent in _GRAVE or (intent in _PEOPLE and sure >= BEYOND_DOUBT) or state.at in {"who", "check", "since"}:
        return _in_context(state, intent, plain)
    return topic_of(plain) or _in_context(state, intent, plain)


def asked_too(text: str, intent: str) -> str:
    """Of a text that says several things: a question in it beside ``intent`` that has a plain answer, or ""."""
    for part in parts_of(text):
        said, sure = classify(part)
        if said in _PLAIN_QUESTIONS and said != intent and sure >= SURE_OF_A_PART and len(part.split()) > 1:
            return said
    return ""


def _part(part: str) -> str:
    return classify(part)[0]


def topic_of(plain: str) -> str:
    """The content's own narrower subject that a normalised text asks for, or ""."""
    return next((topic for topic, pattern in _topics() if pattern.search(plain)), "")


@lru_cache
def _topics() -> tuple[tuple[str, re.Pattern[str]], ...]:
    asked = [*library().guides.values(), *library().faq.values()]
    return tuple((item.id, re.compile("|".join(item.asked))) for item in asked if item.asked)


def _in_context(state: State, intent: str, plain: str) -> str:
    """A short answer means what was just asked."""
    if intent == "stop":
        return "check.refused" if state.at == "check" and plain == "tu choi" else intent
    if _UNWILLING.search(plain) and intent in {"other", "guide.start", "guide.stuck"}:
        return "guide.later"  # voluntary: nobody is pressed
    if intent == "other" and (_LATER.search(plain) or NOT_NOW.search(plain)):
        return "guide.later"
    if intent in {"other", "guide.stuck"} and state.guide and _GOES_ON.search(plain):
        return "guide.resume"
    offer = offers(plain)
    if offer:
        return "media" if offer == "picture" else "keep"
    if state.who == "helper" and _BY_THEMSELVES.search(plain):
        return "who.self"
    if state.at == "guide":
        intent = _in_guide(state, intent, plain)
    if state.at == "who":
        if _SELF.search(plain) or plain in {"toi", "minh", "ba day", "ong day"} or is_yes(plain):
            return "who.self"
        return {"helping": "who.helper", "not_me": "who.wrong"}.get(intent, intent)
    if state.at == "check":
        if re.search(r"\btu choi\b", plain) or intent == "problem.mismatch":
            return "check.refused"
        if intent == "problem.pending" or re.search(r"\bcho\b.*\bxu ly\b", plain):
            return "check.waiting"
        if re.search(r"\b(?:khong|chua) (?:thay|co|hien)\b", plain) or intent == "guide.stuck":
            return "check.unseen"
        if intent == "guide.done" or ((intent == "guide.next" or is_yes(plain)) and _SEEN.search(plain)):
            return "check.ok"
        if intent == "guide.next":
            return "other"  # "ok" is no answer to "what does it say?"
    if state.at == "since" and (intent in _SAYS_WHEN or len(plain.split()) <= SHORT_WORDS):
        if _FORGOT.search(plain):
            return "since.unknown"
        if _BEFORE.search(plain):
            return "since.before"
        if _NOW.search(plain):
            return "since.now"
    return intent


def _in_guide(state: State, intent: str, plain: str) -> str:
    """In the middle of a step, "quên rồi", "nó hỏi mật khẩu" and "làm được rồi" are about that step."""
    if intent in _UNSURE and _FORGOT.search(plain) and len(plain.split()) <= SHORT_WORDS:
        return _FORGOTTEN.get(state.place, intent)
    if intent == "report.scam" and not _REAL_SCAM.search(plain):  # the app asked
        return "guide.stuck"
    if intent == "guide.done" and not _WHOLE_WORK.search(plain):
        if state.guide not in {"asxh", "problem.pending"}:
            return "guide.resume"  # the problem is gone
        return "guide.next" if state.guide == "asxh" and state.step < 6 else intent
    return intent


@lru_cache
def _titles() -> dict[str, str]:
    return {fold(title): button for button, title in library().buttons.items()}


def code_in(text: str) -> str:
    """The one-time code of a visit sheet or letter in a typed text, as eight capitals and digits; "": none.

    Any case, any spacing. What could be words as well must stand alone: "thay chua" is no code.
    """
    alone = _CODE_WORDS.sub("", text).strip(" .,:;!").upper()
    return next((code for said in _CODE.finditer(alone) if (code := _code_of(said, alone, text))), "")


def _code_of(found: re.Match[str], alone: str, text: str) -> str:
    said, dash = found[1], found[3]
    code = re.sub(r"[^0-9A-Z]", "", said)
    digits = sum(char.isdigit() for char in code)
    if not digits:  # in capitals, as printed; or with its dash, alone, and no two words
        printed = said in text and (bool(dash) or said == alone)
        words = is_syllable(code[:4].lower()) or is_syllable(code[4:].lower())
        return code if (printed and not (words and not dash)) or (said == alone and dash and not words) else ""
    return code if digits < len(code) and (said == alone or dash or " " not in said) else ""
