"""Texts that inform rather than ask: rules of a company's own, minutes, answered questions."""

import re

from rfp_manager.importing.prose.asking import direct, requires
from rfp_manager.importing.prose.lines import Item, Line
from rfp_manager.importing.prose.parts import calls_for_answers
from rfp_manager.importing.texts import count_words, is_note, split_number

INFORMS = "in a text that informs and asks nobody for answers"
ANSWERED = "answered in the text right below"
MAX_TITLE_LINES, MAX_TITLE_WORDS = 3, 12
MIN_ANSWER_WORDS, MIN_OPEN_WORDS = 6, 12  # of a sentence, and of a line that goes on below
MIN_ANSWERED = 2  # questions, and
LEAST_ANSWERED, LEAST_FREQUENT = 0.6, 0.3  # of all of them; less where the title says so

# Rules that a company gives itself; what suppliers must do under them may still be asked.
_RULES = re.compile(
    r"\b(polic(y|ies)|handbook|manual|by-?laws|procedure|regulations?|(user|style|travel) guide|"
    r"getting started|tutorial|how[- ]to|quick ?start|installation guide|release notes|"
    r"erste schritte|(bedienungs|gebrauchs)anleitung|mode d'emploi|primeros pasos|"
    r"richtlinie|leitlinie|\w*handbuch|(dienst|arbeits|betriebs)?anweisung|betriebsanleitung|"
    r"\w*ordnung|politique|charte|manuel|règlement|guide|política|reglamento|guía|politica|manuale|"
    r"regolamento|beleid|handleiding|reglement|regulamento|polityka|regulamin|směrnice|řád|"
    r"riktlinje\w*|retningslinje\w*)\b",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"\b(minutes|newsletter|bulletin|catalog(ue)?|brochure|leaflet|curriculum vitae|résumé|"
    r"press release|(annual|progress|audit|status|final|test) report|white ?paper|"
    r"job (description|advert\w*|offer)|vacancy|price list|meeting notes|lessons learned|"
    r"case study|(sitzungs|besprechungs|ergebnis)?protokoll|niederschrift|rundbrief|"
    r"\w*katalog|broschüre|lebenslauf|pressemitteilung|\w+bericht|stellen(anzeige|ausschreibung)|preisliste|"
    r"procès-verbal|compte[- ]rendu|lettre d'information|communiqué|rapport|fiche de poste|"
    r"offre d'emploi|acta|boletín|catálogo|informe|comunicado|verbale|bollettino|relazione|"
    r"notulen|nieuwsbrief|jaarverslag|ata|boletim|relatório|protokół|biuletyn|sprawozdanie|zápis|"
    r"zpravodaj|nyhetsbrev|årsredovisning|referat|nyhedsbrev)\b",
    re.IGNORECASE,
)
# Names that only those have who bid or deliver.
_ROLE = re.compile(
    r"\b((sub)?contractors?|offerors?|vendors?|suppliers?|bidders?|tenderers?|proposers?|"
    r"respondents?|consultants?|awardees?|"
    r"auftragnehmer\w*|bieter\w*|anbieter\w*|lieferant\w*|titulaires?|soumissionnaires?|"
    r"prestataires?|fournisseurs?|proveedor(es)?|licitador(es)?|contratistas?|adjudicatario|"
    r"fornitor[ei]|concorrent[ei]|fornecedor(es)?|opdrachtnemers?|inschrijvers?|leveranciers?|"
    r"wykonawc\w+|dodavatel\w*|leverant\w+|leverandør\w*|toimittaja\w*)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(requests? for (proposals?|quot\w+|tenders?|information|offers?|bids?)|rf[piqx]|tender|itt|"
    r"invitation to (bid|tender|quote)|solicitation|questionnaire|statement of requirements|"
    r"(statement|scope) of work|terms of reference|leistungsbeschreibung|pflichtenheft|"
    r"ausschreibung|vergabeverfahren|fragebogen|leistungsverzeichnis|lastenheft|appel d'offres|"
    r"cahier des charges|licitación|pliego|cuestionario|bando|capitolato|questionario|"
    r"aanbesteding|vragenlijst|zamówieni\w+|przetarg\w*|upphandling|anbud|udbud|"
    r"veřejn\w+ zakázk\w+|közbeszerzés\w*|ihale|тендер|закупк\w+|διαγωνισμ\w+)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\W*(dear|hello|hi|sehr geehrte|liebe|guten tag|hallo|madame|monsieur|cher|bonjour|estimad|"
    r"gentile|egregi|spett|geachte|beste|caro|szanown|vážen|tisztelt|bästa|hej|kære|kjære|hei|"
    r"уважаем|sayın)",
    re.IGNORECASE,
)
MIN_IN_LETTER = 3  # questions make a letter one that asks for answers
FIRST_PAGE = 30  # lines
MIN_NAMED = 2  # lines that name bidders
MIN_BOUND = 3  # rules that bind bidders make the text one for them
_FREQUENT = re.compile(
    r"\b(faqs?|frequently asked|common questions|q ?& ?a|questions and answers|häufig gestellte|"
    r"häufige fragen|fragen und antworten|foire aux questions|questions fréquentes|preguntas "
    r"frecuentes|domande frequenti|perguntas frequentes|veelgestelde vragen|vanliga frågor|"
    r"najczęściej zadawane|často kladené)\b",
    re.IGNORECASE,
)


def why_silent(items: list[Item], *, is_list: bool) -> str:
    """Why the text asks nobody, told by its title, by whom it speaks of and by what follows its
    questions; "" when it may ask. `is_list`: much of it asks."""
    lines = [item for item in items if isinstance(item, Line) and item.text]
    titles = [line.text for line in lines[:MAX_TITLE_LINES] if _may_title(line.text)]
    frequent = any(map(_FREQUENT.search, titles))
    calls = any(map(calls_for_answers, titles)) or _is_request(lines)
    calls = calls and not frequent
    if not calls and (_informs(titles, lines) or not (is_list or speaks_of_bidders(lines))):
        return INFORMS
    asked = [n for n, item in enumerate(items) if isinstance(item, Line) and _asks(item)]
    if lines and _GREETING.match(lines[0].text) and len(asked) < MIN_IN_LETTER and not calls:
        return INFORMS
    told = sum(is_answered(items, index) for index in asked)
    least = LEAST_FREQUENT if frequent else LEAST_ANSWERED
    known = told >= MIN_ANSWERED and told >= least * len(asked)
    return ANSWERED if known and not calls else ""


def speaks_of_bidders(lines: list[Line]) -> bool:
    """Whether those who bid are named ("you" may be anybody who reads a manual), or demands are
    counted, as only those are that somebody has to meet."""
    named = sum(bool(_ROLE.search(line.text)) for line in lines)
    return named >= MIN_NAMED or sum(map(_is_counted_demand, lines)) >= MIN_BOUND


def _is_counted_demand(line: Line) -> bool:
    counted = bool(line.number or split_number(line.text)[0])
    return counted and not line.level and requires(line.text)


def _informs(titles: list[str], lines: list[Line]) -> bool:
    if any(map(_NEWS.search, titles)):
        return True
    bound = sum(bool(_ROLE.search(line.text)) and requires(line.text) for line in lines)
    return bound < MIN_BOUND and any(map(_RULES.search, titles))


def is_answered(items: list[Item], index: int) -> bool:
    """Whether a plain statement stands right below the line at `index`."""
    below = next((i for i in items[index + 1 :] if not (isinstance(i, Line) and i.empty)), None)
    if not isinstance(below, Line) or below.listed or below.number or below.level:
        return False
    if below.mark or below.room or below.choices or below.field:
        return False
    text, words = below.text, count_words(below.text)
    ended = text.rstrip().endswith((".", "!", "。")) or words >= MIN_OPEN_WORDS
    states = words >= MIN_ANSWER_WORDS and ended
    return states and not (direct(text) or requires(text) or is_note(text))


def _is_request(lines: list[Line]) -> bool:
    """Whether its first page says so, below the names and numbers that many begin with."""
    return any(_REQUEST.search(line.text) for line in lines[:FIRST_PAGE])


def _asks(line: Line) -> bool:
    return not line.contents and (direct(line.text) or line.text.rstrip().endswith("?"))


def _may_title(text: str) -> bool:
    return count_words(text) <= MAX_TITLE_WORDS and not text.rstrip().endswith((".", "?", ":"))
