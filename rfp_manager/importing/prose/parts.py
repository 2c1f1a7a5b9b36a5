"""Parts of an RFP that inform, rule or judge rather than ask, told by their headings."""

import re

JUDGED = "about how bids are judged"
MAX_TITLE_LINES, MAX_TITLE_WORDS = 3, 10
_NUMBER = re.compile(r"^\W*[\d.]*\s*")

_ABOUT = {
    "about the buyer": re.compile(
        r"\b(background|introduction|purpose|about (us|the)|overview of the (agency|authority|"
        r"organi[sz]ation|company|project)|history|who we are|executive summary|foreword|problem|"
        r"vision|current (state|situation|environment|system|prototype)|hintergrund|einleitung|"
        r"contexte|antecedentes|introducción|premessa|inleiding)\b", re.IGNORECASE),
    "about words": re.compile(
        r"\b(definitions?|glossary|abbreviations?|acronyms?|terminology|interpretation|"
        r"begriffe|glossar|définitions?|glosario|references|table of contents|contents|inhalt)\b",
        re.IGNORECASE),
    JUDGED: re.compile(
        r"\b(evaluation|award|scoring|selection (criteria|process)|basis of|how (we|bids|"
        r"proposals) .{0,20}(evaluate|scored?|assess)|zuschlag\w*|wertung\w*|bewertung\w*|"
        r"critères d.(attribution|évaluation)|evaluación|adjudicación|valutazione|oral interviews?|"
        r"price submissions?)\b", re.IGNORECASE),
    "about how to bid": re.compile(
        r"\b(instructions?|submission|submitting|how to (respond|apply|submit|complete|use)|"
        r"proposal (format|preparation|process)|format of|preparation of|timetable|schedule of "
        r"events|key dates|deadlines?|time ?lines?|timeframes?|calendar|contacts?|inquiries|"
        r"questions and answers|communications?|procurement (process|rules)|rules of|process|"
        r"tender conditions|notice to|hinweise|fristen|bieterfragen|calendrier|"
        r"modalités|plazos|instrucciones|disclaimer|confidentiality (notice|statement)|"
        r"checklist)\b", re.IGNORECASE),
    "with terms of the contract": re.compile(
        r"\b(terms( and|\s*&) conditions|general (terms|conditions|provisions)|special conditions|"
        r"contract(ual)? (terms|type|clauses|provisions|conditions|administration|award|"
        r"management|place)|"
        r"invoic(e|es|ing)|payments?( terms)?|limitation of|liabilit(y|ies)|indemni\w+|"
        r"warrant(y|ies)|"
        r"termination|governing law|disputes?|force majeure|intellectual property|assignment|"
        r"insurance|clauses?|provisions?|administration|authorities|period of performance|"
        r"place of performance|contract type|ceiling|funds|legal notices?|"
        r"quality assurance surveillance|vertragsbedingungen|haftung|kündigung|zahlung\w*|"
        r"conditions générales|condiciones generales|pliego de cláusulas|voorwaarden)\b",
        re.IGNORECASE),
}  # fmt: skip
_ASKING = re.compile(
    r"\b(requirements?|questions?|questionnaire|specifications?|scope|objectives?|expectations?|"
    r"deliverables?|services?|capabilit(y|ies)|functional\w*|technical|security|response|"
    r"information (required|requested)|qualifications?|experience|approach|staffing|"
    r"anforderung\w*|leistung\w*|frage\w*|exigences?|besoins?|questionnaire|requisitos?|"
    r"requerimientos|cuestionario|preguntas|requisiti|eisen|vragen|krav|wymagania)\b",
    re.IGNORECASE,
)
_CONTRACT = re.compile(
    r"\b(in witness whereof|hereinafter|the parties (agree|hereto)|governing law|entire agreement|"
    r"this agreement|severability|vertragsparteien|les parties conviennent)\b",
    re.IGNORECASE,
)


# The title of a text that is to be signed, and the words of one that is to be answered.
_AGREEMENT = re.compile(
    r"\b(agreement|terms (and|&) conditions|terms of (use|service|purchase)|conditions of "
    r"(purchase|sale|contract)|code of conduct|(service|works|supply|framework|master) contract|"
    r"geschäftsbedingungen|einkaufsbedingungen|vertragsbedingungen|rahmenvertrag|"
    r"auftragsverarbeitungsvertrag|(auftragsverarbeitungs|rahmen)vereinbarung|"
    r"conditions générales|contrat( de| d')|condiciones generales|contrato( de)?|"
    r"condizioni generali|contratto( di)?|voorwaarden|verwerkersovereenkomst|umowa)\b",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(requests?|rf[piqt]|tender|invitation|questionnaire|questions?|proposals?|offers?|bids?|"
    r"requirements?|specifications?|response|assessment|checklist|form|compliance|"
    r"ausschreibung|anforderung\w*|fragebogen|fragen\w*|angebots?|leistungsbeschreibung|vergabe\w*|"
    r"demande|appel d'offres|questionnaire|cahier|solicitud|licitación|cuestionario|pliego|"
    r"richiesta|gara|questionario|capitolato|aanbesteding|vragenlijst|przetarg\w*)\b",
    re.IGNORECASE,
)


def reason_of(path: tuple[str, ...]) -> str:
    """Why a part of the text asks nothing, told by its headings; "" when it may ask."""
    if any(_ABOUT[JUDGED].search(title) for title in path):
        return JUDGED  # "Technical approach" under "Evaluation" says what is looked for
    for title in reversed(path):
        for reason, pattern in _ABOUT.items():
            if pattern.search(title):
                first = pattern.match(_NUMBER.sub("", title))
                return "" if _ASKING.search(title) and not first else reason
        if _ASKING.search(title):
            return ""
    return ""


def is_contract(texts: list[str]) -> bool:
    """Whether the text is an agreement to sign rather than a request."""
    found = {match[0].lower() for text in texts for match in _CONTRACT.finditer(text)}
    return len(found) >= 2 or any(map(_names_contract, texts[:MAX_TITLE_LINES]))


def calls_for_answers(title: str) -> bool:
    """Whether a title is that of a request, a questionnaire or a specification."""
    return bool(_REQUEST.search(title))


def _names_contract(title: str) -> bool:
    """Whether a line above the text calls it an agreement or terms to agree to."""
    short = len(title.split()) <= MAX_TITLE_WORDS and not title.rstrip().endswith((".", "?", ":"))
    return short and bool(_AGREEMENT.search(title)) and not _REQUEST.search(title)
