"""The same said in other words: what raises an alarm here is a false one."""

import re
from collections.abc import Callable, Iterator

Paraphrase = Callable[[str, str], str]

SYNONYMS = {
    "en": (
        ("are kept for", "are retained for"), ("is kept for", "is retained for"),
        ("are stored", "are held"), ("is stored", "is held"), ("carried out", "performed"),
        ("takes place", "is held"), ("in addition", "furthermore"), ("uses", "relies on"),
        ("employees", "members of staff"), ("every year", "annually"), ("every month", "monthly"),
        ("twice a year", "every six months"), ("begins", "starts"), ("ends", "finishes"),
        ("must be", "have to be"), ("at least", "no less than"), ("may", "can"),
        ("is checked", "is verified"), ("within", "in no more than"), ("all", "all of the"),
        ("cannot", "can not"), ("never", "at no time"), ("do not", "don't"), ("is not", "isn't"),
        ("and", "as well as"), ("the customer", "the client"), ("every quarter", "quarterly"),
        ("after", "following"), ("before", "prior to"), ("about", "approximately"),
    ),
    "de": (
        ("werden aufbewahrt", "bleiben gespeichert"), ("durchgeführt", "vorgenommen"),
        ("jährlich", "einmal im Jahr"), ("mindestens", "wenigstens"), ("geprüft", "kontrolliert"),
        ("beträgt", "liegt bei"), ("und", "sowie"), ("innerhalb von", "binnen"),
        ("halbjährlich", "zweimal im Jahr"), ("immer", "stets"), ("täglich", "jeden Tag"),
        ("gelöscht", "entfernt"), ("spätestens", "nicht später als"), ("dürfen", "können"),
    ),
    "fr": (
        ("sont conservées", "restent conservées"), ("chaque année", "tous les ans"),
        ("réalisé", "effectué"), ("au moins", "au minimum"), ("chaque jour", "quotidiennement"),
        ("deux fois par an", "tous les six mois"), ("et", "ainsi que"), ("analysés", "examinés"),
        ("supprimés", "effacés"), ("toujours", "systématiquement"), ("fournisseur", "prestataire"),
    ),
    "es": (
        ("se conservan", "se mantienen"), ("cada año", "anualmente"), ("realiza", "lleva a cabo"),
        ("al menos", "como mínimo"), ("cada día", "a diario"), ("y", "así como"),
        ("dos veces al año", "cada seis meses"), ("se eliminan", "se borran"),
        ("siempre", "en todo momento"), ("revisados", "comprobados"),
    ),
}  # fmt: skip
WORDS = {
    "en": {"2": "two", "3": "three", "4": "four", "5": "five", "7": "seven", "10": "ten",
           "12": "twelve", "15": "fifteen", "20": "twenty", "30": "thirty", "35": "thirty-five",
           "90": "ninety"},
    "de": {"30": "dreißig", "90": "neunzig", "24": "vierundzwanzig", "35": "fünfunddreißig"},
    "fr": {"30": "trente", "90": "quatre-vingt-dix", "24": "vingt-quatre", "35": "trente-cinq"},
    "es": {"30": "treinta", "90": "noventa", "24": "veinticuatro", "35": "treinta y cinco"},
}  # fmt: skip
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
}
DATE = re.compile(r"\b(\d{1,2})\.? (?:de )?([^\W\d_]{3,10}) (?:de )?(\d{4})\b")
FRONT = {
    "en": re.compile(
        r"\A(.{20,}?) ((?:within|after|before|at least|for|until|during) [^,;"
        r":]{4,40})\.\Z"
    ),
    "de": re.compile(r"\A(.{20,}?),? ((?:innerhalb von|nach) [^,;:]{4,30})\.\Z"),
    "fr": re.compile(r"\A(.{20,}?) ((?:pendant|avant|dans) [^,;:]{4,40})\.\Z"),
    "es": re.compile(r"\A(.{20,}?) ((?:durante|antes de|en) [^,;:]{4,40})\.\Z"),
}
LEADS = {
    "en": ("Yes. ", "We confirm the following: "),
    "de": ("Ja. ", "Wir bestätigen: "),
    "fr": ("Oui. ", "Nous confirmons : "),
    "es": ("Sí. ", "Confirmamos lo siguiente: "),
}


def paraphrases(sentence: str, language: str) -> Iterator[tuple[str, str]]:
    """(kind, other words) for every way that this sentence can be said otherwise."""
    for kind, make in KINDS.items():
        other = make(sentence, language)
        if other and other != sentence:
            yield kind, other


def _synonyms(sentence: str, language: str) -> str:
    done = 0
    for word, other in SYNONYMS[language]:
        found = re.search(rf"(?<!\w){word}(?!\w)", sentence)
        if found and done < 3:
            sentence = sentence[: found.start()] + other + sentence[found.end() :]
            done += 1
    return sentence


def _fronted(sentence: str, language: str) -> str:
    found = FRONT[language].match(sentence)
    if not found or re.search(r"[,;:(]", sentence):
        return ""
    first = found[1]
    first = (
        first
        if re.match(r"[A-Z]\w*[A-Z\d]|[A-Z][a-z]+ [A-Z]", first)
        else first[0].lower() + first[1:]
    )
    if language == "de":
        return ""
    return f"{found[2][0].upper()}{found[2][1:]}, {first}."


def _codes(sentence: str, language: str) -> str:
    other = re.sub(r"\b(AES|SHA|FIPS|RSA)-(\d)", r"\1 \2", sentence)
    return other if other != sentence else re.sub(r"\b(AES|SHA|FIPS|RSA) (\d)", r"\1-\2", sentence)


def _percent(sentence: str, language: str) -> str:
    def other(match: re.Match[str]) -> str:
        return match[0].replace(".", ",") if "." in match[0] else match[0].replace(",", ".")

    turned = re.sub(r"\b\d+[.,]\d+(?= ?%)", other, sentence)
    return re.sub(r"(\d)%", r"\1 %", turned) if "%" in sentence else ""


def _in_words(sentence: str, language: str) -> str:
    def word(match: re.Match[str]) -> str:
        return WORDS[language].get(match[0], match[0])

    return re.sub(
        r"(?<![\w.,:/-])(?<![A-Z] )(?<![A-Z]-)(?<=[a-zß-ÿ] )\d+(?= [a-zß-ÿT])", word, sentence
    )


def _dates(sentence: str, language: str) -> str:
    def iso(match: re.Match[str]) -> str:
        names = MONTHS[language].split()
        if match[2] not in names:
            return match[0]
        return f"{match[3]}-{names.index(match[2]) + 1:02d}-{int(match[1]):02d}"

    return DATE.sub(iso, sentence)


def _led(sentence: str, language: str) -> str:
    return LEADS[language][len(sentence) % 2] + sentence


def _shouting(sentence: str, language: str) -> str:
    """As a row of a list, without its full stop."""
    return "- " + sentence.rstrip(".")


KINDS: dict[str, Paraphrase] = {
    "synonyms": _synonyms,
    "word order": _fronted,
    "codes": _codes,
    "percent signs": _percent,
    "numbers in words": _in_words,
    "other date format": _dates,
    "led in": _led,
    "as a list": _shouting,
}


def joined(one: str, other: str, language: str) -> str:
    """Two sentences as one."""
    word = {"en": "and", "de": "und", "fr": "et", "es": "y"}[language]
    plain = re.match(r"(?:The|A|An|All|Our|Die|Der|Das|Le|La|Les|El|Los|Las)\b", other)
    rest = other[0].lower() + other[1:] if plain else other
    return f"{one.rstrip('.')}, {word} {rest}"
