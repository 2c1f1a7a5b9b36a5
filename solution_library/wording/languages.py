"""In which language a text is, as the name of PostgreSQL's configuration for its words."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

#: Where nothing tells a language: codes, tables, names. Most such text is technical English.
USUAL = "english"
#: For scripts that no configuration knows: words as they are.
AS_THEY_ARE = "simple"
_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 1200  # characters; the language of a text is clear by then
#: A passage in another language than the rest of its document has to say so clearly.
_CLEARLY = 4
_CHANCE = 0.5  # a word that two languages share

# The commonest words. One that several languages share speaks for each of them with its share.
_COMMON = {
    "english": """the of and to in is that for it with as on are this be by from at which have or
        not was we you can will has an our their all must how what does your do if when any each
        been into these should may use they who there would more please describe provide""",
    "german": """der die und das ist von den mit zu für auf im nicht ein eine sich des werden dem
        auch als wird sind es einer bei oder wie einem durch nach aus über wir sie kann haben
        zum zur einen ihre alle diese nur noch welche welcher bitte ihr unser werden""",
    "french": """de la le et les des en un une du est pour que dans qui sur par au pas avec plus
        ce sont ou il cette aux ne se nous vous être sa leur ses comme mais ces son été notre
        votre quelle quelles quels comment toutes tous fait""",
    "spanish": """de la que el en y los del se las por un para con una su al es lo como más o
        pero sus le ya este sí porque esta entre cuando muy sin sobre también hay ser son está
        nuestro nuestra cómo qué cuál cuáles datos todos fue han""",
    "italian": """di che e il la per un in è del una non con sono i da si le al dei nel della gli
        più come ma delle alla lo anche su o ha se degli dal questo nella essere sul quali loro
        vostro nostra tutti tutte viene dati dalla""",
    "portuguese": """de a o que e do da em um para com não uma os no se na por mais as dos como
        mas ao das foi à seu sua ou ser quando nos são já está também pelo pela até isso entre
        nossa nosso todos dados é às aos qual quais você""",
    "dutch": """de van het een en in is dat op te zijn met voor niet aan er om ook als maar bij
        door naar of uit worden wordt deze dan nog heeft wij onze welke kunnen kan moet alle
        hun meer over geen tot hoe uw gegevens""",
    "danish": """og i at det er en til af på for der den med ikke de som et har kan vi fra skal
        ved eller om være også blev hvad hvor når efter mellem os jeres vores denne disse bliver
        noget alle meget kun sig nogle""",
    "norwegian": """og i at det er en til av på for som den med ikke de et har kan vi fra skal
        ved eller om være også ble hva hvor når etter mellom oss deres våre denne disse blir noe
        alle meget bare seg noen hvordan dere mye""",
    "swedish": """och i att det är en till av på för som den med inte de ett har kan vi från ska
        vid eller om vara också blev vad där när efter mellan oss era våra denna dessa blir något
        alla mycket bara sig några hur ni""",
    "finnish": """ja on ei että se ovat oli tai myös kun mukaan sekä kuin voi jos mutta niin ole
        hän joka jotka tämä tämän ne sen siitä olla kanssa jälkeen vain kaikki mitä miten meidän
        voidaan ennen käyttää ovatko""",
    "hungarian": """a az és hogy nem is egy van meg csak ez azt el mint de ha vagy már még volt
        lehet minden amely kell ki be aki ezt után között szerint illetve mely milyen hogyan
        adatok által nincs olyan""",
    "romanian": """de și în a la cu pe nu este o un din care pentru că sunt să mai ce se sau prin
        ale fi al lui dar după între fost aceasta toate dumneavoastră noastre către avea poate
        cum sale acest această datele""",
    "turkish": """ve bir bu için ile da de olarak daha çok olan gibi en ne kadar sonra var veya
        değil ya her o ki ise mi olduğu tarafından üzerinde nasıl hangi tüm bizim sizin göre
        edilir edilmiş içinde""",
    "catalan": """de la i que el en les els per un una amb del és es al no o com més són dels
        també aquest aquesta ha hi seva seu quan però aquests nostra nostre sense fins perquè
        quins quina molt pot tots les dades""",
    "indonesian": """dan yang di untuk dengan dari pada dalam ini itu adalah tidak akan oleh
        atau sebagai kami anda dapat telah ke juga bagaimana apakah tersebut semua data setiap
        harus jika karena""",
    "lithuanian": """ir yra kad su iš į ar tai kaip per jau dėl buvo apie bei nuo prie mūsų jūsų
        gali arba visi šis tik pagal turi kurie taip duomenų""",
    "estonian": """ja on ei et see kui ka oli või oma aga mis ning selle nende kes siis võib
        kuidas kõik meie teie andmete peab olema ainult pärast vahel""",
    "irish": """an agus na ar is le go ag i do tá a sé seo bhí nach raibh sin mar atá chun nó
        faoi gach ón maidir féidir""",
    # Polish, Czech and Slovak, Croatian and Slovene, Vietnamese: PostgreSQL knows none of them.
    AS_THEY_ARE: """się jest nie oraz dla że jak przez które który są może być lub tylko danych
        jest ich przy jeśli je která které jsou nebo pro při aby byl může jako tak musí jeho být
        není pouze alebo sú ktoré môže pri iba ako nie koji koja koje ili samo biti kako može nije
        kot lahko mora ter ali pri ki của và các là không được có cho một những người trong để với
        này khi""",
    "basque": """eta da ez du bat dira egin zen dute baina izan hau horrek edo ere bere datuak
        guztiak dituzte dago bezala""",
}
_RARE_LETTERS = {
    "ß": "german", "ñ": "spanish", "¿": "spanish", "ã": "portuguese", "õ": "portuguese",
    "ő": "hungarian", "ű": "hungarian", "ğ": "turkish", "ı": "turkish", "ț": "romanian",
    "ș": "romanian", "ų": "lithuanian", "ė": "lithuanian",
}  # fmt: skip
# Script by script: the range of its letters, and the configuration of its commonest language.
_SCRIPTS = [
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u04ff", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
]
# Languages of these scripts that their configuration would stem wrongly.
_OTHERS = {
    "russian": re.compile("[ѓєіїјљњћќўџґђәғқңөұүһ]"),
    "arabic": re.compile("[پچژگکیےہھٹڈڑ]"),
}
_SERBIAN = re.compile("[ђјљњћџ]")


def _telling() -> dict[str, dict[str, float]]:
    """For each word how much it speaks for each configuration."""
    languages = {
        word: [name for name, words in _COMMON.items() if word in words.split()]
        for words in _COMMON.values()
        for word in words.split()
    }
    return {word: dict.fromkeys(names, 1 / len(names)) for word, names in languages.items()}


_TELLING = _telling()


def configuration_for(text: str) -> str:
    """The configuration of the language that `text` seems to be in."""
    return _best(_evidence(text), USUAL)


def configurations_for(texts: Sequence[str]) -> list[str]:
    """Those of a document's passages: the one that most of them are in, but for passages that are
    clearly in another language."""
    seen = [_evidence(text) for text in texts]
    votes = Counter(_best(each, "") for each in seen)
    del votes[""]
    usual = max(votes, key=lambda one: (votes[one], one == USUAL), default=USUAL)
    return [_of_passage(each, usual) for each in seen]


def _of_passage(seen: Mapping[str, float], usual: str) -> str:
    best = _best(seen, usual)
    return best if seen.get(best, 0) >= max(_CLEARLY, 2 * seen.get(usual, 0)) else usual


def _best(seen: Mapping[str, float], usual: str) -> str:
    best = max(seen, key=lambda one: (seen[one], one == usual, one), default=usual)
    return best if seen.get(best, 0) > _CHANCE else usual


def _evidence(text: str) -> dict[str, float]:
    """How many words speak for each configuration."""
    opening = text[:_LOOKED_AT].lower()
    words = _WORD.findall(opening)
    seen: dict[str, float] = defaultdict(float)
    for word in words:
        if word in _TELLING:
            for name, share in _TELLING[word].items():
                seen[name] += share
    if opening.isascii():
        return seen
    for script, count in Counter(_script(word[0]) for word in words).items():
        if script:
            seen[_within_script(script, opening)] += count
    for letter in set(opening) & _RARE_LETTERS.keys():
        seen[_RARE_LETTERS[letter]] += 1
    return seen


def _script(letter: str) -> str:
    if letter < "\u0370" or "\u1e00" <= letter < "\u2000":
        return ""
    return next((name for low, high, name in _SCRIPTS if low <= letter <= high), AS_THEY_ARE)


def _within_script(name: str, opening: str) -> str:
    other = _OTHERS.get(name)
    if other is None or other.search(opening) is None:
        return name
    is_serbian = name == "russian" and _SERBIAN.search(opening)
    return "serbian" if is_serbian else AS_THEY_ARE
