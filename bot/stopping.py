"""Does this ask to stop? It may never be missed (promise 5), whatever the spelling or the temper.

Everything is matched on normalised text (bot.understanding.normalise): folded, teencode replaced, and
what is only clear with its accents already told apart (đúng → phai, dùng → xai, đứng → treo). What
merely looks like it (a machine that stops, a payment that was stopped) is taken out of the text
first, so that "toi khong dung vneid, dung nhan nua" still stops.
"""

from __future__ import annotations

import re

_PLEASE = (
    r"(?:xin|hay|thoi|lam on|vui long|yeu cau|de nghi|toi muon|toi|cho toi|cho|ok|da|a|may|ban|em|chau|con|bao|noi|roi"
    r"|da bao|please|nay|ma|cam on|vang|u|alo|toi se|tao|se|(?:ba|ong|bac|da)(?= (?:noi|bao)\b))"
)
_CORE = (
    r"(?:dung(?: co)?(?: lai| ngay| di| nhan(?: tin)?| tin(?: nhan)?| gui(?: tin)?| lien (?:lac|he)| goi)?"
    r"|ngung(?: lai| nhan(?: tin)?| gui(?: tin)?| di| lien lac)?|stop|unsubscribe|unsub|cancel|tc|chan|block"
    r"|thoat|out|spam|cut|im|huy(?: nhan(?: tin)?| tin(?: nhan)?| bo| di| dang ky| theo doi)?|bo theo doi"
    r"|tu choi(?: nhan(?: tin)?)?"
    r"|si top|top|cam (?:nhan|gui)(?: tin)?"
    r"|dung (?:lam phien|quay ray)(?: toi)?|(?:thoi |nghi )nhan(?: tin)?|tat (?:tin|thong bao)(?: nhan)?)"
)
_AFTER = (
    r"(?:di|nhe|nha|nghe|nghen|a|luon|ngay|gap|lai|het|tat ca|toan bo|voi|toi|chau|em|ban|con|may|gium|lap tuc|cam on"
    r"|roi|ma|nua|chua|do|lua dao|me|cha|qua|it|nhan|nhan tin|huy|stop|dung)"
)
_WHOLE = re.compile(rf"^(?:{_PLEASE} )*{_CORE}(?: {_AFTER})*$")
# "Thôi nhé", "phiền quá", "tin rác": short, and said to whoever writes too much. "Phiền con chỉ bà" is a wish.
_ENOUGH = re.compile(
    r"^(?:da |vang |a |ui |troi |oi )*"
    r"(?:thoi(?: (?:nhe|nha|nghen|di|a|con|chau|em|oi|ma|luon|ba|toi|khong|cam on|du roi))*"
    r"|(?:lam )?phien(?: phuc| nhieu| toi)? (?:qua|lam|the|vay|phuc|hoai|chet)(?: (?:di|roi|con|a|nha|ma|mat|troi))*"
    r"|phien phuc(?: qua)?|(?:toan |lai |do )?(?:tin )?rac(?: qua| a| roi)?)$"
)
_SQUEEZED = re.compile(
    r"^(?:xin|thoi|hay)?(?:dung|ngung|huy|stop|sotop)(?:lai|ngay|di|nhan|gui|tin|nua|nhe|nha|toi|het|luon)*$"
)
# One part of a longer message: a bare "dung" or "huy" there is too often đúng, or a button's name.
_PART = re.compile(
    rf"^(?:{_PLEASE} )*(?:(?:dung|ngung)(?: co)? (?:ngay|lai|di|nhan|gui|tin|nhe|nha|lam phien|quay ray)"
    r"|stop|ngung|cut di)"
    rf"(?: {_AFTER}| tin)*$"
)
_INSIDE = re.compile(
    r"\b(?:dung|ngung|thoi|khoi|khong|chan|huy|tat|cam|nghi)\b(?: co)?(?: muon)?(?: can)? (?:bi )?"
    r"(?:nhan|gui|nhan tin|gui tin|lam phien|quay ray|spam)(?: tin| tin nhan| cho toi| toi| gi)*\b"
    r"(?: (?:nua|day|di|toi|nha|nhe|het|luon|qua|may|mat))+"
    r"|\b(?:khong (?:muon )?nhan|huy nhan|dung nhan|tat|ngung nhan|dung gui|khong gui|tu choi nhan"
    r"|cam nhan|ngung gui) tin\b"
    r"|\bkhong (?:muon |can |them )+nhan\b.*\btin\b|\bstop\b|\bunsubscribe\b"
    r"|\b(?:dung|khong) (?:co )?(?:lien lac|lien he|goi dien) (?:voi )?(?:toi|nua|cho toi)\b"
    r"|\bdung (?:co )?(?:nhan|gui|lam phien|quay ray)\b(?! (?:duoc|tien|ma(?! cu\b)|thay|ho|otp))"
    r"|\b(?:con |ma )?(?:nhan|gui)(?: tin)? nua (?:la |thi )?(?:toi|coi chung|dung trach)\b"
    r"|\bnhan(?: tin)? (?:gi|chi|lam|mai|hoai|suot)(?: ma)? nhan\b"
    r"|(?<!khong )(?<!chua )\b(?:nhan|gui)(?: tin)? (?:gi|cai gi|cai chi)(?: ma)? (?:hoai|mai|miet|suot)"
    r"(?: (?:vay|the|ha|troi|luon|[?]))*$"
    r"|\b(?:nhan|gui)(?: tin)? (?:hoai|mai|miet|suot)\b.*\b(?:phien|buc|met|de yen|tha)\b"
    r"|\b(?:nhan|gui)(?: tin)?(?: gi| chi)? (?:lam|nhieu) (?:the|vay|qua)\b"
    r"|\b(?:dinh chi|cham dut|ket thuc)(?: viec)? (?:nhan|gui)\b|^(?:yeu cau |de nghi )?cham dut$"
    r"|\bde (?:yen )?(?:cho )?(?:toi|tao|ba|ong|minh|nguoi ta) (?:duoc )?yen\b|\bde yen cho\b"
    r"|\btha cho (?:toi|ba|ong|tao)\b"
    r"|\b(?:toi|tao|ba|ong)(?: se| sap| ma| bay gio)? (?:chan|block)(?: so| luon| day| ngay| het| lien)\b"
    r"|\b(?:bo|go|xoa|rut|loai) (?:(?:so|ten|dien thoai|so dien thoai) (?:cua )?)?(?:toi|minh|ba|ong|me toi|tao)"
    r" (?:ra|khoi)\b|\b(?:rut|roi|thoat|ra) (?:ten |ra )?khoi (?:danh sach|nhom|day)\b|^(?:toi )?roi nhom\b"
    r"|\b(?:bo|go|xoa|rut) (?:so|ten|toi)\b.*\b(?:danh sach (?:nhan|gui)|nhan tin|dung nhan)\b"
)
_LOOKS_LIKE_IT = re.compile(
    r"\b(?:ung|tin|su|so|cong|tac|nguoi|khong|chua|moi|dang|quen|do|vat|xai) dung\b|(?<!quan )\btam dung\b"
    r"|\b(?:vi |tai |lam )?sao (?:lai )?(?:khong|chua|chang) (?:\w+ )?(?:gui|nhan)(?: tin| ma)?(?: nua)?\b"
    r"|\bdung quen (?:nhan|gui|goi)(?: tin)?(?: \w+)?|^noi dung$|^tu choi roi$"
    r"|\b(?:bao|ghi|hien)(?: la)? (?:bi )?tu choi\b"
    r"|\b\w+(?: nhan)?(?: tin)? (?:nghia )?la (?:gi|sao|the nao)$|^dung (?:khong|chua)$|\btham gia bao hiem\b"
    r"|\bchan (?:qua|doi|dau|tay|ghe|gian|that|bep|nuoi)\b"
    r"|\b(?:co )?phien (?:khong|con|chau|em|co|anh|chi|ban|bac|can bo)\b"
    r"|\b(?:ho|con|no|dua|co nguoi|nguoi ta|cong an|can bo)(?: \w+){0,2}"
    r" (?:bao|noi|dan|keu) (?:la )?dung (?:lam|bam|nghe|vao|cai|tao|tin nguoi)\b"
    r"|\bnoi dung (?:gi|nao|la|cua|nay|tin)\b"
    r"|(?<!noi )(?<!bao )\bdung (?:roi|vay|the|luong|tai khoan|ngan hang|dien thoai|cua|ten|thu|de|duoc|ung dung|vneid"
    r"|vi|chung|lo|so|khoa|dong phi)\b"
    r"|\b(?:dung|ngung|dung lai|ngung lai) (?:o|cho(?! (?:toi|ba|minh))|giua|dot ngot|hoat dong|chay)\b"
    r"|\b(?:khong|dung|chua) (?:muon |can |co |he )*(?:dung|ngung|huy|tat|stop)(?! nhan| gui| lam phien)\b"
    r"|\b(?:no|may|vneid|ung dung|video|man hinh|he thong) (?:lai |cu |bi |tu |co )*"
    r"(?:dung|ngung|thoat|tat|huy|chan)(?: lai)?\b"
    r"|\b(?:dung|ngung|huy|cat|chan|tat|tu choi|khong)(?: chi tra| nhan| gui)*(?: tra)?"
    r" (?:tro cap|tien|luong|che do|phu cap|bao hiem|lien ket|yeu cau|(?:so )?tai khoan|mat khau|passcode"
    r"|so the|the|sim|mang"
    r"|nguon|otp|ma(?! cu\b|$)|hang|ra)\b"
    r"|\b(?:tro cap|tien|luong|che do|thang nay)\b.*\bbi (?:dung|ngung|huy|cat)\b"
    r"|\btat (?:may|dien thoai)\b|\bbi (?:dung|ngung|chan|tu choi|huy|thoat|tat|out)\b"
    r"|\b(?:khong|chua|quen|sao) (?:co )?nhan tin(?: nhan)? (?:otp|ma|bao|nao|gi)\b|\bquen khong nhan\b"
    r"|\b(?:nut|bam|lo|keu|chu) (?:nut |vao |chu )*(?:huy|dung|thoat|chan|tu choi|tat)\b|\b(?:thoat|out) ra\b(?! khoi)"
    r"|\b(?:dung lai|dung)(?= (?:chut|ti|mot chut|mai|lat)\b)"
)


def looks_like_it(plain: str) -> bool:
    """Whether something in the text only looks like a stop."""
    return bool(_LOOKS_LIKE_IT.search(plain))


def asks_to_stop(plain: str, parts: tuple[str, ...] = ()) -> bool:
    """Whether the normalised text asks to stop. ``parts``: the same, one by one as the commas cut it."""
    rest = " ".join(_LOOKS_LIKE_IT.sub(" | ", plain).split())
    if _WHOLE.match(rest) or _ENOUGH.match(rest) or _INSIDE.search(rest) or _SQUEEZED.match(rest.replace(" ", "")):
        return True
    return len(parts) > 1 and any(_PART.match(_LOOKS_LIKE_IT.sub(" | ", part)) for part in parts)
