"""What sort of thing a question asks for: a yes or no, a time, a number, a way of doing it …"""

import re
from typing import Literal

Kind = Literal[
    "yes or no", "when", "how often", "how long", "how many", "who", "where", "why", "how", "what",
    "give", "statement",
]  # fmt: skip

_KINDS: tuple[tuple[Kind, str], ...] = (
    ("how often", r"""how (?:often|frequently|regularly) | (?:at\ )?what (?:frequency|intervals?)
        | wie (?:oft|häufig) | à quelle fréquence | (?:con\ )?qué frecuencia | con che frequenza
        | (?:com\ )?que frequência | hoe vaak"""),
    ("how long", r"""how (?:long|soon|quickly|fast) | within (?:how|what) | for how
        | wie (?:lange|schnell) | combien de temps | (?:durante\ )?cuánto tiempo
        | (?:per\ )?quanto tempo | hoe (?:lang|snel)"""),
    ("how many", r"""how (?:many|much|large|big) | what (?:percentage|number|share|proportion)
        | wie\ ?viel\w* | combien | cuánt[oa]s? | quant[oiae]s? | hoeveel"""),
    ("when", r"when | (?:on|in|at|by) (?:what|which) (?:date|year|day|time) | wann | quand | cuándo"
        r" | quando | wanneer"),
    ("who", r"who(?:m|se)? | wer | wen | wem | wessen | qui | quién(?:es)? | chi | quem | wie\ is"),
    ("where", r"where | (?:in|from) (?:what|which) (?:country|countries|location|region)s?"
        r" | wo(?:her|hin)? | où | dónde | dove | onde | waar"),
    ("why", r"why | warum | weshalb | pourquoi | por qué | perché | por que | waarom"),
    ("how", r"""how | describe | explain | outline | in what way | wie | beschreib\w* | erläuter\w*
        | erklär\w* | comment | décri\w* | expliqu\w* | cómo | descri\w* | expli\w* | come
        | spieg\w* | como | hoe | beschrijf | omschrijf"""),
    ("give", r"""provide | list | attach | state | specify | name | give | submit | include | enter
        | indicate | identify | nennen | geben | listen | fourni\w* | indiqu\w* | list\w*
        | proporcion\w* | facilit\w* | forni\w* | elenc\w* | indic\w* | forneç\w* | geef | noem
        | vermeld"""),
    ("what", r"""what | which | welche\w* | was | quel\w* | qu['’]\w+ | que | qué | cuál(?:es)?
        | quale | quali | cosa | qual | quais | wat | welke"""),
)  # fmt: skip
_POLITE = re.compile(
    r"\A\W*(?:(?:please|kindly|bitte|veuillez|por favor|per favore|alstublieft|(?:can|could|would)"
    r" you(?: please)?(?= (?:describe|explain|outline|provide|list|state|specify|give|indicate))"
    r"|if (?:so|yes)|and|also|in addition)\W+)+",
    re.IGNORECASE,
)
_STARTS = tuple(
    (kind, re.compile(rf"\W*(?:{' '.join(words.split())})(?!\w)".replace(" | ", "|"), re.I))
    for kind, words in _KINDS
)


def kind_of(question: str) -> Kind:
    """By its first words; a question that begins otherwise asks for yes or no, and what is no
    question at all is a statement (a requirement, say)."""
    plain = _POLITE.sub("", " ".join(question.split()))
    for kind, pattern in _STARTS:
        if pattern.match(plain):
            return kind
    return "yes or no" if re.search(r"[?？]", question) else "statement"
