"""What a sentence of an RFP does: it asks the bidder, requires something, or only informs."""

import re
from functools import lru_cache

from rfp_manager.importing.texts import (
    asks,
    count_words,
    ends_asking,
    is_note,
    orders,
    split_number,
)

MAX_SUBJECT_WORDS = 25
MAX_READ_CHARS = 4000  # of a paragraph; what it asks stands at its beginning

_SENTENCE = re.compile(r"(?<=[.;!?。？！])\s+(?=[A-ZÀ-ÞА-Я¿\"“(\d])|\n+|(?<=[。？！])")
BIDDER = re.compile(
    r"\b(contractors?|subcontractors?|offerors?|vendors?|suppliers?|bidders?|providers?|"
    r"tenderers?|respondents?|proposers?|consultants?|applicants?|awardees?|candidates?|"
    r"licensors?|firms?|compan(y|ies)|you|your|yours|"
    r"auftragnehmer\w*|bieter\w*|anbieter\w*|lieferant\w*|dienstleister\w*|auftragsverarbeiter|"
    r"titulaires?|soumissionnaires?|prestataires?|fournisseurs?|candidats?|vous|votre|vos|"
    r"proveedor(es)?|licitador(es)?|contratistas?|oferentes?|adjudicatario|usted|su empresa|"
    r"fornitor[ei]|concorrent[ei]|appaltator[ei]|fornecedor(es)?|contratada|"
    r"opdrachtnemers?|inschrijvers?|leveranciers?|wykonawc\w+|dostawc\w+|oferent\w*|leverandør\w*|"
    r"leverantör\w*|anbudsgivare\w*|tilbudsgiver\w*|tilbyder\w*|dodavatel\w*|dodávateľ\w*|"
    r"uchazeč\w*|uchádzač\w*|szállító\w*|ajánlattevő\w*|toimittaja\w*|tarjoaja\w*|licitantes?|"
    r"proponentes?|concorrentes?|ofertant\w*|yüklenici\w*|istekli\w*|исполнител\w+|поставщик\w*|"
    r"участник\w*|постачальник\w*|виконав\w+|ανάδοχο\w+|προσφέρ\w+|المورد|المقاول|المتعهد|ponuditelj\w*|"
    r"izvajal\w+)\b",
    re.IGNORECASE,
)
_YOU = re.compile(
    r"\b(you|your|yours|yourself|sie|ihre?[mnrs]?|vous|votre|vos|usted(es)?|su|sus|vostr[aeio]|"
    r"u|uw|jullie|państwo)\b",
    re.IGNORECASE,
)
_MODAL = re.compile(
    r"\b(shall|must|(is|are) (required|expected|obliged|requested) to|needs? to|has to|have to|"
    r"muss|müssen|hat .{1,60} zu|haben .{1,60} zu|ist .{1,60} zu|sind .{1,60} zu|soll|sollen|"
    r"doit|doivent|devra|devront|est tenue? de|debe|deben|deberá|deberán|tendrá que|"
    r"deve|devono|dovrà|dovranno|deverá|deverão|moet|moeten|dient|dienen|ska|skal|musi|muszą|"
    r"devem|skall|måste|tulee|täytyy|on \w{2,30}t[aä]v[aä]|należy|zobowiązan\w+|musí|musejí|"
    r"povin(en|na|ni)|povinn[ýáí]|kell|köteles\w*|trebuie|moraju|morajo|долж(ен|на|но|ны)|"
    r"обязан\w*|необходимо|повин(ен|на|ні|но)|зобов.язан\w+|трябва|πρέπει|οφείλ\w+|υποχρεούται|يجب|"
    r"ينبغي|يتعين|يلتزم|\w{2,30}(malıdır|melidir|acaktır|ecektir))\b",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(will|should|sollte|sollten|devrait|debería|dovrebbe|zou)\b", re.IGNORECASE)
# Done to the bidder by somebody else: nothing to comply with.
_SUFFERED = re.compile(
    r"\b(will|shall|must|should|is|are) (not )?(be )?(reimbursed|compensated|paid|notified|"
    r"informed|given|granted|scheduled|issued|invited|evaluated|considered|asked|assigned|"
    r"awarded|selected|contacted|deemed|rejected|disqualified|scored|ranked|provided with)\b|"
    r"\b(will|shall|need|must) not (be required|need)\b|\bneed not\b|"
    r"\bnot (be )?(required|expected) to\b",
    re.IGNORECASE,
)
_PERHAPS = re.compile(r"\b(may|might|can|could) (have|need) to\b|\bI\b(?! ?\.)")
_OTHERS = re.compile(
    r"\b(government|agency|authority|buyer|customer|client|city|county|state|commonwealth|"
    r"province|university|college|school|hospital|trust|council|department|ministry|bank|"
    r"purchaser|procurement|owner|issuer|contracting (officer|authority|entity)|"
    r"evaluat(or|ors|ion)|"
    r"committee|panel|board|we|us|our|this (rfp|rfq|rfi|tender|document|request|section|contract|"
    r"agreement|solicitation)|(the )?part(y|ies)|co|cor|auftraggeber\w*|vergabestelle|"
    r"pouvoir adjudicateur|acheteur|adjudicador|stazione appaltante|opdrachtgever)\b",
    re.IGNORECASE,
)
# The names buyers give themselves: who seeks, invites, awards.
_BUYER_NAME = re.compile(
    r"\b([A-Z][A-Za-z0-9&]{1,30}) (?:is (?:seeking|soliciting|issuing|requesting|looking)|seeks|"
    r"intends to|invites|reserves the right|will (?:award|evaluate|provide|issue)|requests)\b"
)
# What a bid must hold is asked of the bidder, wherever it stands.
_CONTENT = re.compile(
    r"\b(proposals?|responses?|quot(e|es|ations?)|bids?|tenders?|offers?|submissions?|approach|"
    r"plans?|resum[eé]s?|cvs?|narratives?|statements?|descriptions?|samples?|references?|"
    r"profiles?|factors?|angebote?|offres?|ofertas?|propuestas?)\b[^.]{0,60}\b(must|shall|should|"
    r"need to|has to|have to|muss|müssen|doit|doivent|debe|deberá)\b[^.]{0,25}\b("
    r"include|explain|describe|contain|address|demonstrate|identify|detail|specify|state|cover|"
    r"outline|list|consist of|provide|answer|respond to|enthalten|beschreiben|"
    r"contenir|décrire|incluir|describir)\b",
    re.IGNORECASE,
)
_BID_ACT = re.compile(
    r"\b(contractors?|offerors?|vendors?|suppliers?|bidders?|providers?|tenderers?|respondents?|"
    r"proposers?|applicants?|you)\b[^.]{0,40}\b(must|shall|should|(is|are) (required|asked) to|"
    r"need to)\b[^.]{0,20}\b(describe|explain|demonstrate|identify|list|detail|specify|state|"
    r"designate|disclose|outline|provide|include|indicate|confirm|offer|address)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\W*(please )?(describe|explain|demonstrate|identify|list|include|detail|outline|summari[sz]e|"
    r"beschreiben|erläutern|décrivez|describa)\b",
    re.IGNORECASE,
)
_MANNERS = re.compile(
    r"\b(page limit|pages? (maximum|limit|in length)|(no more|not more|longer) than .{1,20} pages?|"
    r"font|margins?|double.spaced|e-?mail(ed)? to|deadline|due date|late (bids|proposals|quotes)|"
    r"sealed|envelope|hard cop(y|ies)|submi(t|tted) (all |any )?(questions?|inquir)|"
    r"questions? (concerning|regarding|about|must|should)|nonresponsive|non-responsive|"
    r"removed from|disqualif|google form|portal|upload)\b|@",
    re.IGNORECASE,
)
_INCLUDING = re.compile(
    r"\b(includ(e|es|ing)|such as|covering|for example|e\.g\.|at a minimum|at least|address(ing)?|"
    r"the following (points|aspects|topics|areas)|insbesondere|einschließlich|notamment|"
    r"incluyendo|tenendo conto)\b[^.?]{0,60}[:：]\s*$",
    re.IGNORECASE,
)
_RHETORIC = re.compile(r"^\W*(questions?|any questions|need help|what next|why|what)\W*\?", re.I)


@lru_cache(maxsize=8192)
def direct(text: str) -> bool:
    """Whether the text asks the reader a question or tells them to write something."""
    text = text[:MAX_READ_CHARS]
    if not asks(text) or is_note(text) or _RHETORIC.match(text):
        return False
    _, flat = split_number(text)
    if orders(flat):
        return True
    if any(map(ends_asking, sentences(text))):
        return True
    return (
        asks(text)
        and not _MODAL.search(text)
        and not _WEAK.search(text)
        and len(flat) < 300
        and "." not in flat.rstrip(".")
    )


def speaks_to_bidder(text: str) -> bool:
    """Whether a bidder is named or addressed."""
    return bool(BIDDER.search(text) or _YOU.search(text))


def sentences(text: str) -> list[str]:
    parts = _SENTENCE.split(text[:MAX_READ_CHARS])
    return [part.strip() for part in parts if part and part.strip()]


@lru_cache(maxsize=8192)
def requires(text: str, buyers: frozenset[str] = frozenset()) -> bool:
    """Whether some sentence requires something of the bidder or of what they deliver."""
    return any(_required(sentence, buyers) for sentence in sentences(text))


def _required(sentence: str, buyers: frozenset[str]) -> bool:
    modal = _MODAL.search(sentence) or _WEAK.search(sentence)
    leads = sentence.rstrip().endswith((":", "："))
    if modal is None or count_words(sentence) < (3 if leads else 4):
        return False
    if _SUFFERED.search(sentence) or _PERHAPS.search(sentence[: modal.end()]):
        return False
    subject = " ".join(sentence[: modal.start()].split()[-MAX_SUBJECT_WORDS:])
    if _WEAK.fullmatch(modal[0]):
        return bool(BIDDER.search(subject)) and not _names_buyer(subject, buyers)
    if BIDDER.search(subject) and not BIDDER.search(_of_buyer(subject)):
        return True
    return (
        bool(subject)
        and not _names_buyer(subject, buyers)
        or bool(not subject and BIDDER.search(sentence))
    )


def _of_buyer(subject: str) -> str:
    """A subject that begins with the buyer: "The authority, after asking the bidder"."""
    head = " ".join(subject.split()[:3])
    return subject if _OTHERS.search(head) and not BIDDER.search(head) else ""


def _names_buyer(subject: str, buyers: frozenset[str]) -> bool:
    words = set(re.findall(r"\w+", subject))
    return bool(_OTHERS.search(subject)) or bool(words & buyers)


def buyers_in(texts: list[str]) -> frozenset[str]:
    """The names by which the buyer is called in these texts."""
    names = {match[1] for text in texts for match in _BUYER_NAME.finditer(text)}
    return frozenset(name for name in names if not BIDDER.search(name))


def asks_for_content(text: str) -> bool:
    """Whether it says what the bid itself must hold."""
    return any(
        (_CONTENT.search(sentence) or _BID_ACT.search(sentence)) and not is_about_manners(sentence)
        for sentence in sentences(text)
    )


def orders_content(text: str) -> bool:
    """Whether it orders to write something into the bid, wherever it stands."""
    first = sentences(text)[:1]
    return any(_ORDERED.match(sentence) and not is_about_manners(sentence) for sentence in first)


def is_about_manners(text: str) -> bool:
    """Whether it is about how and when to hand in, not about what."""
    return bool(_MANNERS.search(text))


def gathers(text: str) -> bool:
    """Whether a lead-in names points of one answer ("Describe your backups, including:")."""
    return bool(_INCLUDING.search(text))
