"""What a cell's text sounds like: a question, a note, a heading or a bare number."""

import re
from functools import lru_cache

_ASKING = re.compile(
    r"^\W*(who|whom|whose|what|when|where|which|why|how|do|does|did|is|are|was|were|has|have|had|"
    r"can|could|will|would|should|may|must|"
    r"wer|was|wann|wo|welche[rsnm]?|warum|wie|ist|sind|hat|haben|werden|wird|kann|können|gibt|"
    r"verfügen|verfügt|setzen|existiert|führen|erfolgt|bestehen|besteht|bieten|nutzen|"
    r"qui|que|quels?|quelles?|comment|pourquoi|est-ce|avez-vous|êtes-vous|disposez-vous|"
    r"existe-t-il|y a-t-il|quién|qué|cuándo|dónde|cuál(es)?|cómo|tiene|dispone|existen?|"
    r"chi|cosa|quando|dove|quale|come|wie|heeft|hebben|is er|zijn|worden|wordt|"
    r"czy|jak|jakie|kto|gdzie|kiedy|quais|qual|como|onde|possui|possuem)\b",
    re.IGNORECASE,
)
_REQUIRING = re.compile(
    r"\b(shall|must|should|will|is required to|are required to|needs? to|has to|have to|"
    r"is responsible for|ensures?|muss|müssen|soll|sollen|sollte|hat .{1,60} zu|doit|doivent|"
    r"devra|devront|debe|deben|deberá|deberán|deve|devono|dovrà|deverá|moet|moeten|dient|dienen|"
    r"ska|skal|powinien|должен|должна|должны|"
    r"deberán|dovranno|deverão|devem|skall|måste|bør|tulee|täytyy|on oltava|on \w{2,30}[ae]ttava|"
    r"on \w{2,30}(tava|tävä)|powinn[aoiy]\w*|musi|muszą|należy|zobowiązan\w+|musí|musejí|"
    r"povin(en|na|ni)|povinn[ýáí]|kell|köteles\w*|trebuie|moraju|morajo|должно|обязан\w*|необходимо|следует|"
    r"повин(ен|на|ні|но)|зобов.язан\w+|трябва|πρέπει|οφείλ\w+|υποχρεούται|يجب|ينبغي|يتعين|يلتزم|"
    r"חייב(ת|ים)?|harus|wajib|phải|"
    r"\w{2,30}(malıdır|melidir|acaktır|ecektir))\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"^\W*(\(?[a-z0-9]{1,3}[.)]\s+)?(if\b[^,]{1,120},\s*)?"
    r"(please|kindly|bitte|veuillez|merci de|por favor|si prega|gelieve|"
    r"describe|provide|list|explain|state|indicate|specify|identify|detail|outline|attach|confirm|"
    r"give|name|summari[sz]e|define|demonstrate|discuss|select|enter|submit|supply|include|upload|"
    r"document|enumerate|elaborate|clarify|share|show|declare|certify|disclose|report|enclose|"
    r"address|present|propose|quote|tell|advise|note whether|"
    r"beschreiben|erläutern|nennen|geben|legen|stellen|führen|benennen|bestätigen|erklären|"
    r"schildern|listen|fügen|"
    r"décrivez|décrire|indiquez|indiquer|fournissez|fournir|précisez|préciser|listez|lister|"
    r"expliquez|expliquer|détaillez|détailler|présentez|présenter|joignez|joindre|confirmez|"
    r"describa|describir|indique|indicar|proporcione|proporcionar|explique|explicar|detalle|"
    r"detallar|enumere|adjunte|adjuntar|especifique|confirme|liste|"
    r"descrivere|descriva|indicare|fornire|fornisca|elencare|spiegare|"
    r"beschrijf|geef|vermeld|licht|"
    r"skizzieren|begründen|zeigen|reichen|machen|teilen|definieren|"
    r"citez|citer|énumérez|énumérer|justifiez|justifier|mentionnez|mentionner|donnez|donner|exposez|"
    r"facilite|aporte|aportar|presentar|señale|señalar|mencione|exponga|justifique|"
    r"relacione|allegare|alleghi|specificare|specifichi|precisare|dettagliare|illustrare|illustri|"
    r"riportare|dichiarare|produrre|elenchi|indichi|noem|benoem|omschrijf|specificeer|onderbouw|"
    r"bevestig|toon|schets|descreva|descrever|apresente|apresentar|forneça|fornecer|detalhe|"
    r"anexar|comprove|demonstre|proszę|prosimy|opisz|opisać|podaj|podać|wymień|wymienić|wskaż|"
    r"wskazać|przedstaw|przedstawić|określ|określić|załącz|załączyć|wyjaśnij|prosím|popište|popíšte|"
    r"opíšte|uveďte|vysvětlete|vysvetlite|doložte|specifikujte|vyjmenujte|vymenujte|předložte|"
    r"predložte|přiložte|priložte|potvrďte|vänligen|venligst|vennligst|beskriv|ange|angiv|angi|oppgi|"
    r"uppge|oplys|redogör|redegør|redegjør|bifoga|vedlæg|förklara|forklar|specificera|specificér|"
    r"bekräfta|bekræft|bekreft|redovisa|motivera|kuvatkaa|kuvaa|luetelkaa|ilmoittakaa|esittäkää|"
    r"selvittäkää|kertokaa|liittäkää|mainitkaa|täsmentäkää|selostakaa|nimetkää|vahvistakaa|kérjük|"
    r"ismertesse|ismertessék|sorolja|adja|mutassa|nevezze|csatolja|részletezze|fejtse|"
    r"descrieți|indicați|precizați|enumerați|prezentați|explicați|furnizați|atașați|vă rugăm|"
    r"detaliați|specificați|пожалуйста|просим|опишите|укажите|перечислите|предоставьте|приложите|"
    r"поясните|объясните|приведите|подтвердите|назовите|представьте|будь ласка|опишіть|вкажіть|"
    r"зазначте|надайте|перелічіть|поясніть|наведіть|додайте|підтвердіть|моля|опишете|посочете|"
    r"παρακαλ(ώ|ούμε)|περιγράψ[τα]\w*|αναφέρετε|παραθέστε|δηλώστε|επισυνάψτε|προσδιορίστε|εξηγήστε|"
    r"διευκρινίστε|molimo|opišite|navedite|objasnite|يرجى|الرجاء|رجاء|نرجو|اذكر|اذكروا|صف|اشرح|وضح|"
    r"حدد|قدم|أرفق|אנא|תאר|תארו|פרט|פרטו|ציין|ציינו|jelaskan|sebutkan|uraikan|lampirkan|mohon|"
    r"berikan|cantumkan|vui lòng|hãy|mô tả|liệt kê|nêu|कृपया|lütfen)\b(?!\s*:\s)",
    re.IGNORECASE,
)
# Turkish puts the order at the end of the sentence.
_ORDER_LAST = re.compile(
    r"\b(belirt|açıkla|ver|yaz|tanımla|listele|sırala|ekle|paylaş|detaylandır|anlat|sun|özetle|göster)"
    r"(y?[ıiuü]n([ıiuü]z)?)\W*$",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"[A-Z]{2,}\b")
_NOTE = re.compile(
    r"^\W*(notes?\b\s*[:\-–—.(]|nb\b|n\.b\.|instructions?\b|important\s*[:\-–]|hinweise?\s*[:\-–]|"
    r"anmerkung(en)?\s*[:\-–]|remarque\s*:|nota\s*:|warning\s*[:\-–]|disclaimer|confidential|"
    r"guidance\b\s*[:\-–]|example\s*[:\-–]|examples?\s*:|e\.g\.|how to (complete|use|fill)|"
    r"ausfüllhinweis|legend\b|key\s*:|tip\s*:|copyright|©|version\b|last updated|"
    r"end of (section|questionnaire|document|sheet))",
    re.IGNORECASE,
)
_FILLING = re.compile(
    r"\b(please (complete|fill|answer|respond|use|select|read|enter|do not|return|ensure|"
    r"note(?! (that|this|it) and)|only|save|choose|mark|tick|indicate your (answer|response))|"
    r"(complete|fill (in|out)|answer|respond to) (all|each|every|the following|this|the) "
    r"(questions?|sections?|items?|fields?|sheet|form|questionnaire|below|tabs?|questions? below|"
    r"rows?|columns?|cells?|following)|"
    r"the following (questions|section)|(questions|sections?|items) (below|that follow)|"
    r"(yellow|green|grey|gray|blue|shaded|coloured|colored|highlighted) (cells?|fields?|boxes)|"
    r"this (section|sheet|tab|questionnaire|document|workbook|spreadsheet|template|form) "
    r"(is|are|contains?|covers?|must|should|asks?|shall)|drop-?down|"
    r"skip (the (rest|remain\w*|next|following)|all|this|to)|move on to|"
    r"(continue|proceed) to (the )?(next|following|remaining|section|question|page|signature|part)|"
    r"(füllen sie|bitte (füllen|beantworten|wählen|ausfüllen))|"
    r"(veuillez (compléter|remplir|répondre))|(por favor,? (complete|rellene|responda)))",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:(?:[A-Za-z]{1,12}[\s&._/-]{0,2}){0,3}|\()[0-9]{1,5}[a-z]?(?:[.\-_/()][0-9A-Za-z]{1,4}){0,8}"
    r"[.):]{0,2}|"
    r"[A-Za-z]{1,2}[.)]?|\(?[ivxlcIVXLC]{1,6}[.)]|[A-Za-z]{1,6}([.-][A-Za-z0-9]{1,5}){1,6}[.):]?"
)
_INLINE_NUMBER = re.compile(
    r"^\s*((?:Q(?:uestion)?\s*)?(?:[A-Z]{1,5}[-.])?\d{1,4}(?:[.\-]\d{1,4}){0,6}(?:\.?[a-z]\b)?)"
    r"\s*[.):\-–]?\s+(?=[^\W\d_]|[¿\"“'(])"
)

# Scripts without blanks between words have no word borders to look for.
_ASKING_EAST = re.compile(
    r"(か|ですか|ますか|でしょうか)[。.\s]*$|(ください|下さい|願います|なさい|せよ|のこと|[るいた]こと)[。.\s]*$|"
    r"(吗|呢|么)[。.\s]*$|是否|^(请|請)|如何|哪些|(应|須|须|必须|必須|需要|需)|"
    r"(습니까|니까|나요|가요|십시오|세요|시오|해야)[.\s]*"
)
_EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# ";" ends a question in Greek.
_MARK = re.compile(r"[?？؟]|[\u0370-\u03ff\u1f00-\u1fff];(?=\W*$)")
_MARK_LAST = re.compile(r"(?:[?？؟]|[\u0370-\u03ff\u1f00-\u1fff];)[\s\"”')]*$")

_SECTION_LABEL = re.compile(
    r"(section|part|chapter|domain|category|abschnitt|kapitel|teil|partie|sección|parte)\b",
    re.IGNORECASE,
)

MAX_HEADING_WORDS = 12
MAX_HEADING_CHARS = 110


@lru_cache(maxsize=16384)
def asks(text: str) -> bool:
    """Whether the text alone reads as something to answer."""
    flat = split_number(text)[1].strip()
    if len(flat) < 6 or is_number(flat):
        return False
    if len(_EAST.findall(flat)) * 2 > len(flat):
        return "?" in flat or "？" in flat or bool(_ASKING_EAST.search(flat))
    if _MARK.search(flat) or flat.startswith("¿"):
        return len(flat.split()) > 1 or len(flat) > 8
    words = len(flat.split())
    if _ABBREVIATION.match(flat) and not flat.isupper():
        return words >= 4 and bool(_REQUIRING.search(flat))  # "IS policies", not "Is it ..."
    if _orders(flat):
        return words >= 3
    if words >= 4 and _REQUIRING.search(flat):
        return True
    return words >= 4 and bool(_ASKING.match(flat))


@lru_cache(maxsize=16384)
def questions(text: str) -> bool:
    """Whether it asks or orders its reader, rather than ruling what somebody shall do."""
    flat = split_number(text)[1].strip()
    if _MARK.search(flat) or len(_EAST.findall(flat)) * 2 > len(flat):
        return asks(text)
    return asks(text) and (_orders(flat) or bool(_ASKING.match(flat)))


def ends_asking(sentence: str) -> bool:
    """Whether a question mark ends it, also that of Greek or Arabic."""
    return bool(_MARK_LAST.search(sentence))


def orders(text: str) -> bool:
    """Whether the text tells its reader to do something: "Describe ...", "Please list ..."."""
    return _orders(text) and count_words(text) >= 3


def _orders(flat: str) -> bool:
    return bool(_IMPERATIVE.match(flat) or _ORDER_LAST.search(flat))


@lru_cache(maxsize=16384)
def is_note(text: str) -> bool:
    """Whether the text tells people how to fill the form in, rather than asking something."""
    flat = text.strip()
    if _NOTE.match(flat):
        return True
    return bool(_FILLING.search(flat)) and not flat.rstrip(" \"'”’)").endswith(("?", "？"))


def is_plain_note(text: str) -> bool:
    """Whether it is announced as a note ("Note: ...") rather than only sounding like one."""
    return bool(_NOTE.match(text.strip()))


def is_number(text: str) -> bool:
    """Whether the text is a question's number or key: "1.2", "A.3", "GRC-01.2", "(iv)"."""
    flat = text.strip()
    return len(flat) <= 24 and bool(_NUMBER.fullmatch(flat))


def count_words(text: str) -> int:
    """Words as divided by blanks; two letters count as one where a script has no blanks."""
    return max(len(text.split()), len(_EAST.findall(text)) // 2)


def is_heading(text: str) -> bool:
    """Whether the text is short and asks nothing, as a section's title is."""
    flat = split_number(text)[1].strip()
    if len(flat) > MAX_HEADING_CHARS or count_words(flat) > MAX_HEADING_WORDS:
        return False
    return not asks(flat) and not flat.endswith((".", ";", "。")) and any(c.isalpha() for c in flat)


def is_shouted(text: str) -> bool:
    """Whether it is written in capitals only, as some titles are."""
    return text.isupper() and sum(c.isalpha() for c in text) >= 5


def names_section(label: str) -> bool:
    """Whether a number cell says that its row is a section: "Section 1", "Part B"."""
    return bool(_SECTION_LABEL.match(label.strip()))


def split_number(text: str) -> tuple[str, str]:
    """("1.2", "Do you ...") from "1.2 Do you ..."; ("", text) when none leads the text."""
    match = _INLINE_NUMBER.match(text)
    # A bare "24 hours ..." is part of the sentence; "24. Hours ..." is numbered.
    if not match or (match[1].isdigit() and match[0].strip()[-1:].isdigit()):
        return "", text
    return match[1], text[match.end() :]


def is_prefix_of(number: str, longer: str) -> bool:
    """Whether `number` is the parent of `longer`: "1" of "1.2", "A" of "A.1" or "A1"."""
    parent = re.sub(r"[.):\s]+$|(?:\.0+)+$", "", number.strip())
    child = longer.strip()
    if not parent or not child.lower().startswith(parent.lower()) or len(child) <= len(parent):
        return False
    following = child[len(parent)]
    return not following.isdigit() if parent[-1].isdigit() else not following.isalpha()
