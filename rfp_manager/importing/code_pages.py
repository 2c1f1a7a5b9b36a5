"""Telling the code page of a text that is not Unicode, by the letters that languages use."""

import codecs
import re
from collections.abc import Iterator

MAX_SAMPLE = 200_000  # bytes
MIN_EAST = 0.6  # of the high bytes stand beside another one, where characters take two
MIN_KANA, MIN_HANGUL, MIN_COMMON = 0.25, 0.8, 0.15
FREQUENT = 6  # the first letters of an alphabet below are its most frequent ones
WEIGHT = 0.5  # of the frequent letters, where each letter is a foreign one

# Letters beyond those of English, by code page; languages that share a code page are parted.
_LATIN = {
    "cp1252": ("äöüß", "éèàêçôûîïâùëœæ", "áéíóúñü¿¡ºª", "àèéìòù", "áâãàçéêíóôõúºª", "éëïöüèáó",
               "åäöé", "æøåéòôü", "áðéíóúýþæö"),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("çğıöşüâî",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž"),
}  # fmt: skip
_SCRIPTS = {
    "cp1251": ("оеаинтсрвлкмдпуяызбгчйхжшюцщэфъё", "оаинтіврелскдмпуязьбгїчйхжшюцщєфґ"),
    "cp1253": ("αοιετσνηυρπκμλςωγδχθφβξζψάέήίόύώ",),
    "cp1255": ("יוהלארתבמשנחקעדפצטגסזכםןךףץ",),
    "cp1256": ("اليمنورتبةعدسفحكقجشصخطهذضثزغظءأإآىئؤ",),
}
_COMMON = frozenset(
    "的是不了在有人我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么"
    "心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长请否何企"
    "业务信息安全管理数据系统服务供应商提供要求进行是否情况说明应须方式项目技术標準請貴公司資訊安全資料務業統"
    "應與說為這來時個會對發開後無國問題項是否提供服務系統回覆供應商"
)
_KANA, _HANGUL = re.compile(r"[\u3041-\u30fe]"), re.compile(r"[\uac00-\ud7a3]")
_HIGH = re.compile(rb"[\x80-\xff]")
_BESIDE = re.compile(rb"[\x80-\xff]{2,}")


def code_page(data: bytes) -> str:
    """The encoding that turns `data` into the most plausible text, and that text into `data`."""
    sample = data[:MAX_SAMPLE]
    found = next(_east(sample), None) or _alphabetic(sample)
    return found if found and _returns(data, found) else "cp1252"


def _returns(data: bytes, encoding: str) -> bool:
    try:
        return data.decode(encoding).encode(encoding) == data
    except UnicodeError:
        return False


def _east(sample: bytes) -> Iterator[str]:
    high = len(_HIGH.findall(sample))
    if sum(map(len, _BESIDE.findall(sample))) < MIN_EAST * high:
        return
    for encoding, least, signs in ("cp932", MIN_KANA, _KANA), ("cp949", MIN_HANGUL, _HANGUL):
        text = _foreign(sample, encoding)
        if text and len(signs.findall(text)) >= least * len(text):
            yield encoding
    shares = {encoding: _commonness(sample, encoding) for encoding in ("gb18030", "big5")}
    best = max(shares, key=lambda encoding: shares[encoding])
    if shares[best] >= MIN_COMMON:
        yield best


def _foreign(sample: bytes, encoding: str) -> str:
    """The letters beyond ASCII in the decoded text; "" if it cannot be decoded."""
    try:
        # The sample may end inside of a character.
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return ""
    return "".join(character for character in text if character > "\x7f" and character.isalpha())


def _commonness(sample: bytes, encoding: str) -> float:
    text = _foreign(sample, encoding)
    return sum(character in _COMMON for character in text) / len(text) if text else 0.0


def _alphabetic(sample: bytes) -> str:
    """The code page of the alphabet whose letters fit best; Western European if several do."""
    plain = sum(chr(byte).isalpha() for byte in sample if byte < 128)
    foreign = len(_HIGH.findall(sample))
    known = _SCRIPTS if foreign > plain / 2 else _LATIN
    scores = {page: max(_fit(sample, page, a) for a in alphabets)
              for page, alphabets in known.items()}  # fmt: skip
    if known is _SCRIPTS:
        scores["cp1252"] = max(_fit(sample, "cp1252", a) for a in _LATIN["cp1252"])
    best = max(scores, key=lambda page: round(scores[page], 2))
    return best if scores[best] > scores.get("cp1252", 0.0) + 0.01 else "cp1252"


def _fit(sample: bytes, page: str, alphabet: str) -> float:
    """How many of the characters beyond ASCII are letters of the alphabet."""
    text = sample.decode(page, "replace")
    letters = [c for c in text if c > "\x7f" and (c.isalpha() or _in_word(c))]
    if not letters:
        return 0.0
    small = [c.lower() if len(c.lower()) == 1 else "ı" for c in letters]
    own = sum(c in alphabet for c in small) / len(small)
    often = sum(c in alphabet[:FREQUENT] for c in small) / len(small)
    return own + (WEIGHT * often if page in _SCRIPTS else 0.0)


def _in_word(character: str) -> bool:
    """Signs that stand where another code page has a letter: "¹" in "wy¹czenie"."""
    return character in "¹³¿¥£¯¼¾\ufffd\x81\x8d\x8f\x90\x9d"
