"""The field's words for the columns of a questionnaire, in the languages buyers write."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

QUESTION, ANSWER, COMMENT = "question", "answer", "comment"
NUMBER, SECTION, TICK, OTHER = "number", "section", "tick", "other"

MAX_HEADER_CHARS = 200
MAX_PRICE_LABEL_CHARS = 80
MIN_EXPLANATION_WORDS = 5
MAX_LABEL_WORDS = 9  # a question or number column's label is short; an answer's may instruct


@dataclass(frozen=True)
class Label:
    """What a header cell says its column is for, and how sure it sounds (0 to 5)."""

    role: str
    weight: float
    word: str


# A letter that would make a longer word; scripts without blanks have no such letters.
_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"


def _words(weight: float, *patterns: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    return tuple(
        (re.compile(rf"(?<!{_LETTER})(?:{pattern})(?!{_LETTER})"), weight) for pattern in patterns
    )


_RESPONDERS = (
    r"(vendor|supplier|bidder|provider|contractor|offeror|tenderer|respondent|proposer|applicant|"
    r"candidate|company|your company|service provider|processor|participant|lieferanten?|bieters?|"
    r"anbieters?|auftragnehmers?|fournisseur|soumissionnaire|candidat|proveedor|licitador|"
    r"fornitore|concorrente|fornecedor)"
)
_STATED = (
    r"(input|statement|use|position|offer|proposal|feedback|explanation|solution|confirmation|"
    r"narrative|declaration|specification|(to|must) (complete|fill.*|respond)|"
    r"oferta|offre|offerta|angaben?)"
)

# Whose column it is: "Your entry", "Ihre Angaben".
_OURS = r"^(your|ihre?|votre|vos|su|sus|uw|vostra?|sua?|seu|twoj\w*|din|deres|jullie)"

# "Description of the solution" is the responder's to write, that of the requirement is not.
_ABOUT_OFFER = (
    r"(description|descrizione|descripción|descrição|beschreibung|omschrijving|opis) "
    r"(de la |de l'|de |du |des |della |dell'|del |da |do |der |des |van de |of the |of |of your )?"
    r"(votre |su |sua |vostra |ihrer |uw |your |proposed )?"
    r"(solution|soluzione|solución|solução|lösung|umsetzung|oplossing|offre|offerta|oferta|"
    r"angebots?|offer|proposal|propuesta|proposta|mise en œuvre|implementación|implementation|"
    r"conformité|cumplimiento|réponse|respuesta|compliance)( \w+)?"
)

# The buyer's own columns: they look like answers or comments but are not ours to fill.
_NOT_OURS = re.compile(
    r"\b(internal|buyer|customer'?s?|client|evaluators?|evaluation|assessors?|analysts?|auditor|"
    r"reviewers?|scor(e|es|ing)|points|weight(ing|ed)?|rating|guidance|hints?|examples?|sample|"
    r"expected|preferred|desired|ideal|instructions?|help|tool ?tips?|definitions?|meaning|"
    r"mapp(ed|ing)|maturity|risk|previous|"
    r"priorit(y|ies)|mandatory|importance|criticality|csc|tips?|do not (use|fill)|follow.?up|"
    r"official use|office use|gewichtung|bewertung|punkte|priorität|hinweise?|beispiel|"
    r"authority('s)?|auftraggebers?|vergabestelle|pouvoir adjudicateur|acheteur|opdrachtgever|"
    r"zamawiając\w+|zadavatel\w*|k\.?o\.?(-kriterium)?|muss ?/ ?(kann|soll)|e/w|must|moscow|m/s/c|"
    r"note ?(/|sur) ?\d+|pondération|priorité|exemple|note obtenue|"
    r"puntuación|peso|prioridad|ejemplo)\b"
)
_ABOUT_QUESTION = re.compile(
    r"\b(question|answer|response|control|requirement|reply|frage|antwort|question|réponse|"
    r"pregunta|respuesta)s?[\s_-]*"
    r"(type|category|format|options?|weight|status|owner|date|domain|area|group|source|title|"
    r"name|by|level|choices|class|family|theme|topic|typ|kategorie|art|tipo|categoría)\b"
)
_PRICE = re.compile(
    r"\b(prices?|pricing|costs?|rates?|hours|qty|quantity|quantities|amounts?|totals?|subtotal|"
    r"fees?|discount|budget|unit|usd|eur|gbp|preis|kosten|menge|betrag|stunden|prix|coût|quantité|"
    r"montant|precio|coste?|cantidad|importe)\b|[$€£]"
)

_VOCABULARY: dict[str, tuple[tuple[re.Pattern[str], float], ...]] = {
    NUMBER: (
        *_words(4, r"(question|ques|q|control|requirement|req|item|ref|line|row|serial|query)"
                   r"[\s._/-]*(no|nr|num|number|id|#|ref|code|index)[.s]?",
                   r"(\w*frage|\w*anforderungs?|krav|eis|vraag|fråge|exigence|question|requisito|"
                   r"pregunta|domanda|pergunta|pytani[ea]|wymagani[ea]|otázk[ay]|požadavk?u?|kérdés)"
                   r"[\s._/-]*(nr|no|n°|nº|num|nummer|núm|id)\.?"),
        *_words(3.5, r"id|ids|no|nr|num|number|ref|refs|reference|index|s\W?no|sl\W?no|q|"
                     r"sr\W?no|key|code|uid|identifier|lfd\W*nr|laufende nummer|nummer|n°|nº|n\.º|"
                     r"numéro|número|numero|item|pos|position|ziffer|kennung|volgnummer"),
        (re.compile(r"^#\.?$"), 4.0),
        *_words(3.5, r"l\W?p|poř\W*č|№( [пз]/п)?|sorszám|ssz|sıra( no)?|nr\W*crt|α/α|oz|stt|seq"),
        *_words(3.5, r"编号|序号|番号|項番|通番|번호|רقم"),
    ),
    QUESTION: (
        *_words(5, r"questions?|\w*frage(n|stellung|text)?|preguntas?|domand[ae]|perguntas?|"
                   r"vra(ag|gen)|"
                   r"fråg(a|or)|spørgsmål|spørsmål|pytani[ae]|otázka|kysymys|kérdés|вопросы?|"
                   r"質問|設問|问题|問題|질문|確認(項目|事項|内容)|チェック(項目|内容)|soru|"
                   r"quest(ão|ões)|otázk[ay]|întreb(are|ări)|pertanyaan|câu hỏi|ερωτήσ?(εις|ση)|"
                   r"(ال)?(سؤال|أسئلة)|שאל(ה|ות)|प्रश्न|คำถาม|"
                   r"question/request|inquiry|inquiries|enquiry|queries"),
        *_words(4, r"requirements?|requests?|user stor(y|ies)|use cases?|\w*anforderung(en)?|"
                   r"exigences?|requisitos?|"
                   r"requerimientos?|"
                   r"requisit[oi]|eis(en)?|krav|wymagani[ae]|要求|要件|評価項目|管理策|요구사항|점검항목|"
                   r"vereiste(n)?|besoins?|demande|"
                   r"solicitud|prüf(punkte?|kriteri(um|en)|aspekte?)|vorgaben?|exigências?|"
                   r"caratteristic(a|he)|característic(a|as|o)s?|caractéristiques?|требовани[ея]|"
                   r"požadav(ek|ky)|vaatimu(s|kset)|követelmény(ek)?|cerinț[ăe]|gereksinim(ler)?|"
                   r"(ال)?متطلب(ات)?|wymóg|wymogi"),
        *_words(4, r"parametr\w* wymagan\w+|wymagan\w+ parametr\w*|"
                   r"požadovan\w+( \w+)?|požiadavk\w+|"
                   r"вимог[аи]?|питання|запитання|характеристик[аи]|показател[ьи]|elvárás(ok)?|"
                   r"gereklilik|şart(lar)?|απα[ιί]τ[ηή]σ(η|εις)|προδιαγραφ(ή|ές)|yêu cầu|"
                   r"persyaratan|kebutuhan|kravbeskrivning"),
        *_words(3, r"control (specification|description|statement|text)s?|controls?|prompt|query|"
                   r"criteri(a|on)|\w*kriteri(um|en)|critères?|criterios?|specifications?|"
                   r"especificaci(ón|ones)|especificaç(ão|ões)|spécifications?|specific(a|he)|"
                   r"specificaties?|specyfikacj[ae]|\w*spezifikation(en)?|especificacions?|"
                   r"obligations?|"
                   r"assessment (item|point)s?|information (requested|required)|"
                   r"details? (requested|required)|item descriptions?|"
                   r"capabilit(y|ies)|features?|functionality|fonctionnalités?|"
                   r"what we .{3,50}|safeguards?|measures?|mesures?|medidas?|misur[ae]|"
                   r"maatregel(en)?|"
                   r"\w*maßnahmen?|åtgärd(er)?|tiltak|practices?"),
        *_words(2, r"descriptions?|beschreibung|descripción|statements?|items?|topics?|subject|"
                   r"functions?|funktion(en)?|param[eè]t(ers?|res?)|parámetros?|parametri|text|libellé|aussage|merkmal|leistungsmerkmal|clause"),
    ),
    ANSWER: (
        *_words(5, r"answers?|responses?|repl(y|ies)|\w*antwort(en)?|réponses?|respuestas?|"
                   r"rispost[ae]|"
                   r"respostas?|antwoord(en)?|svar|odpowied(ź|zi)|odpověď|vastaus|válasz|ответы?|"
                   r"回答|答复|应答|回复|响应|答え|記入欄|답변|cevap|yanıt|stellungnahme|bieterangaben?|"
                   r"bieterantwort|(ال)?(إجابة|اجابة|إجابات|جواب|رد)|răspuns(uri)?|απ[αά]ντ[ηή]σ(η|εις)|"
                   r"תשוב(ה|ות)|jawaban|câu trả lời|उत्तर|คำตอบ|"
                   r"response/answer"),
        *_words(4, r"compl(y|ies|iant|iance|ied)|conform(s|ity|ant|e)?|met|supported|"
                   r"fulfil(l?ed|ls)?|"
                   r"erfüllt|erfüllung(sgrad)?|einhaltung|conforme|cumple|cumplimiento|in place|"
                   r"implemented|available|y/n(/n\W?a)?|yes/no(/n\W?a)?|yes / no( / n\W?a)?|"
                   r"ja/nein|oui/non|sí/no|si/no|sim/não|j/n|o/n|"
                   r"yes or no|ja oder nein|oui ou non|ja/nee|sì/no|tak/nie|"
                   r"attestation|declaration|selection|applicable|applicability|anwendbar(keit)?|aplicable|"
                   r"your (input|position|offer|statement|status|approach|solution)|"
                   r"voldoet|spełnia|"
                   r"couverture|cobertura|copertura|self[- ]?(score|rating|assess(ment|ed)).*|"
                   r"current (tier|level|state|status|maturity|practices?|situation|"
                   r"implementation)|extent of compliance|degree of (fulfil\w+|compliance)|偏离|"
                   r"vorhanden|verfügbar|disponible|disponibile|disponível|beschikbaar|"
                   r"dostępn[yae]|atende|soddisfatto|presente|"
                   r"select|offered|agree[ds]?|accept(s|ed)?|confirm(ed)?|akkoord|zustimmung|"
                   r"umsetzung(sbeschreibung|sstand|sgrad|sstatus)?|lösungsbeschreibung|"
                   r"対応状況|実施状況|対応可否|是否满足|是否符合|满足情况|적용여부|이행여부"),
        *_words(4, rf"^{_RESPONDERS}('?s)? ({_STATED})|{_STATED} (of|by) (the )?{_RESPONDERS}$|"
                   rf"^((to be|for) )?(completed?|completion|filled( in)?) by (the )?{_RESPONDERS}|"
                   r"^fit$|(meets?|satisf(y|ies)|addresse?s?) (the |this |our )?requirements?|"
                   r"fit ?/ ?gap|"
                   r"how (do|does|will|would) (you|your|the) .{3,60}|conformité|conformidad|"
                   r"conformità|angebotene.{0,30}|offered (solution|specification)s?|rückmeldung"),
        *_words(4, r"oferowan\w+|spełnieni[ae]|potwierdzenie|parametr oferowany|splňuje|"
                   r"splněno|spĺňa|"
                   r"nabízen\w+( \w+)?|ponúkan\w+( \w+)?|ano/ne|áno/nie|vyjádření|vyjadrenie|"
                   r"ausführungen|lösungsansatz|eigenerklärung|angeboten|zugesichert|"
                   r"propos(é|ée)|ofertad[oa]|ofrecid[oa]|offert[oa]|soddisfa|atendimento|cumpre|"
                   r"aangeboden|invulling|uppfyll(s|er)|oppfyll(t|es)|opfyld(t|es)|ja/nej|ja/nei|"
                   r"täyttyy|kyllä/ei|teljesül|megfelel|megajánl\w+|igen/nem|îndeplinit|ofertat|"
                   r"da/nu|da/ne|karşıl(ıyor|ama)\w*|evet/hayır|teklif edilen|соответстви[ея]|"
                   r"відповід(ність|ь|і)|да/нет|так/ні|предложение|пропозиція|συμμόρφωση|ναι/όχι|"
                   r"対応(有無|可否)|適合|響應|响应情况|偏离情况|供应商填写|충족여부|준수여부|제안내용|"
                   r"(ال)?(امتثال|مطابقة)|نعم/لا|đáp ứng|ya/tidak|pemenuhan"),
        *_words(4, rf"{_OURS} (?!ref)[^\W\d]+( [^\W\d]+)?$"),
        *_words(3, r"^(\w+ )?(status|statut|estado|estatus|stato|stav|durum|статус)$|^input$|"
                   r"^(ステータス|状态|狀態|상태|الحالة)$|your (position|statement)|"
                   rf"^{_RESPONDERS}( \d)?$|"
                   r"^value$|^eingabe$|angaben?|^(result|outcome|feedback|findings?)s?$"),
    ),
    COMMENT: (
        *_words(5, r"comments?|remarks?|notes?|explanations?|justifications?|elaboration|"
                   r"additional (information|info|details|comments|notes)|"
                   r"clarifications?|rationale|"
                   r"bemerkung(en)?|kommentare?|anmerkung(en)?|erläuterung(en)?|"
                   r"begründung|ergänzung(en)?|commentaires?|remarques?|"
                   r"précisions?|explications?|comentarios?|observaciones|aclaraciones|"
                   r"justificación|commenti|osservazioni|note|comentários?|observações|"
                   r"opmerking(en)?|toelichting|kommentar(er)?|uwagi|komentarze?|примечани[ея]|"
                   r"комментари[йи]|(ال)?(ملاحظات|ملاحظة|تعليق|تعليقات)|poznámk[ay]|reasons?|reasoning|"
                   r"lisätie(to|dot)|huomautu(s|kset)|observați[ei]|comentarii|megjegyzés(ek)?|"
                   r"παρατηρήσεις|σχόλια|bemærkning(er)?|merknad(er)?|anmärkning(ar)?|napomen[ae]|"
                   r"забележк[аи]|примітк[аи]|observacions|ghi chú|catatan|keterangan|"
                   r"uzasadnienie|motivazione|motivo|motivering|상세설명|상세내용|설명|具体的内容|対応内容|詳細説明|"
                   r"gap (description|details|remarks)|workarounds?|"
                   r"proposed (wording|changes?|amendments?|alternatives?)|"
                   r"備考|コメント|補足|理由|备注|備註|说明|비고|açıklama|notas"),
        # Evidence is a place for links: the comment goes there only if there is no better one.
        *_words(3, r"evidence|evidences|attachments?|references? to (evidence|documents?)|links?|"
                   r"supporting (documentation|documents?|information|evidence)|nachweise?|"
                   r"documents? (index|names?|links?|references?|attached)|file ?names?|証跡|根拠|"
                   r"justificatifs?|preuves?|evidencias?|evidências?|evidenze|bewijs|dowod[yu]|prov[ae]s?|"
                   r"pages?|page (no|number|ref\w*).*|document ?/ ?page.*|seiten?|fundstelle|"
                   r"renvoi.*|proof|artefacts?|artifacts?"),
        *_words(4, r"details?|implementation (description|details|notes)|how|describe|"
                   r"free[ -]?text|freitext|texte libre|narrative|詳細|"
                   r"description of (implementation|compliance|how|the solution)|"
                   r"if no|if yes|einzelheiten|"
                   rf"détails?|detalles?|dettagli|{_ABOUT_OFFER}|"
                   r"opis|beschreibung der umsetzung|reden|"
                   r"exceptions?|deviations?|compensating controls?|abweichung(en)?"),
    ),
    SECTION: (
        *_words(4, r"sections?|categor(y|ies)|domains?|topics?|area|subject area|theme|"
                   r"chapter|famil(y|ies)|"
                   r"group|sub-?categor(y|ies)|sub-?section|sub-?domain|abschnitt|kategorie|"
                   r"bereich|thema|"
                   r"kapitel|themengebiet|rubrique|catégorie|thème|domaine|chapitre|sección|"
                   r"categoría|"
                   r"área|tema|ámbito|capítulo|sezione|categoria|seção|categorie|onderwerp|"
                   r"hoofdstuk|"
                   r"kategori|avsnitt|sekcja|obszar|раздел|类别|分类|分類|区分|[大中小]項目|カテゴリ|범주|구분|"
                   r"control (domain|title|family|area|name)|"
                   r"question (category|domain|area|group|theme|topic)"),
    ),
    TICK: (
        *_words(3, r"^(yes|no|y|n|n\W{0,2}a\W?|not applicable|partial(ly)?|partly|ja|nein|"
                   r"oui|non|sí|"
                   r"si|sì|sim|nee|nej|tak|nie|ano|ne|kyllä|ei|да|нет|نعم|لا|"
                   r"não|entfällt|teilweise|tlw|sans objet|no aplica|non applicabile|n\W?v\W?t|"
                   r"nie dotyczy|planned|geplant|prévu|fully|full|does not comply|"
                   r"en partie|en parte|"
                   r"compl(y|ies|iant)|non-?compliant|"
                   r"non.?conforme|no cumple|cumple parcialmente|alternat(e|ive)|other)$"),
        *_words(3, r"^(はい|いいえ|該当(なし|せず)|対象外|一部|是|否|不适用|"
                   r"部分满足|예|아니오|해당없음)$"),
        *_words(4.5, r"^(nicht|non|no|niet|nie) (vorhanden|möglich|erfüllt|verfügbar|"
                     r"disponible|disponibile|conforme|supporté|soportado|beschikbaar|mogelijk|dostępne|vorgesehen)$|"
                     r"^(in planung|in entwicklung|teilweise erfüllt|à venir)$|"
                     r"^(not|partially|fully|partly) "
                     r"(available|met|implemented|in place|supported|offered|compliant|comply|"
                     r"complies)$"),
        *_words(4.5, r"^(non |partiellement )?couvert( (en|par) .{3,30})?$"),
        *_words(2.5, r"^(c|nc|pc|fc|na)$"),
        *_words(2.5, r"^(standard|out of the box|configurable|configuration|custom|"
                     r"customi[sz]ation|modification|third party|3rd party|future|"
                     r"none|roadmap|exceeds|meets|does not meet|optional)$"),
    ),
}  # fmt: skip

_TIE_ORDER = (TICK, NUMBER, ANSWER, QUESTION, COMMENT, SECTION)


@lru_cache(maxsize=8192)
def read_label(text: str) -> Label | None:
    """What the header cell `text` announces; None when it is no column label."""
    label = normalise(_title_of(text))
    if not label or len(label) > MAX_HEADER_CHARS:
        return None
    head = _without_brackets(label)
    if _OWN_VIEW.match(head):
        return Label(ANSWER, 4.5, head)
    if _PAGE.match(head):
        return Label(COMMENT, 3.5, head)
    if _ABOUT_ANSWER.match(head) and not _NOT_OURS.search(head):
        return Label(COMMENT, 5.5, head)
    if _is_ours_to_skip(head):
        return _skip_label(head)
    if _CODED.search(label) and _CODE.match(head):
        return Label(ANSWER, 4.5, head)
    best = _best(_TIE_ORDER, head) or _best((ANSWER, TICK), label.replace(head, " "))
    if best and best.role not in (ANSWER, COMMENT) and len(head.split()) > MAX_LABEL_WORDS:
        return None
    return best


# "Code (F/P/N)" takes one of the codes; "Code" alone numbers the rows.
_CODED = re.compile(r"[(\[]\s*[a-z]{1,3}(\s*[/|,]\s*[a-z]{1,3}){1,7}\s*[)\]]")
_LISTED_CODES = re.compile(r"(?<=[(\[])\s*[A-Z]{1,3}(\s*[/|]\s*[A-Z]{1,3}){2,7}\s*(?=[)\]])")
_CODE = re.compile(r"(\w+ )?(code|key|symbol|kennung|kürzel|código|codice|kod)$")
_PAGE = re.compile(
    r"(document ?/ ?)?(pages?|seiten?|páginas?|pagin[ae]) ?(no|nr|num|ref|/|of|in)\b"
)
# "Notes to the answer" takes notes; "Self-score" is the responder's own although it scores.
_ABOUT_ANSWER = re.compile(
    r"(comments?|notes?|remarks?|explanations?|justifications?|reasons?|details|evidence|"
    r"bemerkung(en)?|erläuterung(en)?|begründung|commentaires?|précisions?|comentarios?|note|"
    r"observaciones|toelichting) (to|on|of|for|about|regarding|zu|zur|zum|der|des|sur|de|du|a|al|"
    r"alla|op)\b|^(\w+('s)? )?(answer|response|reply|antwort)s?[- ]"
    r"(notes?|comments?|remarks?|details|"
    r"explanations?|justifications?|rationale)$|"
    r"(if|falls|wenn|si|se|indien|en caso) .{0,40}(explain|descri|specify|detail|state|erläuter|"
    r"begründ|beschreib|précis|expli|indi[cq]|spieg|toelicht)"
)
_OWN_VIEW = re.compile(r"(current|as[- ]is|actual|present|ist|aktuelle[rs]?) "
                       r"(maturity|rating|score|level|reifegrad)\b|"
                       r"(self|own|your( own)?|ihre|votre|su|uw|eigen\w*|selbst|auto)[- ]?"
                       r"(scor\w+|rat\w+|assess\w+|bewertung|"
                       r"einschätzung|évaluation|evaluación|valutazione)\b")  # fmt: skip
_TITLE_END = re.compile(r"\n|: | [-–—] |\. ")


def _title_of(text: str) -> str:
    """The part of a header cell before the sentences that explain how to fill the column."""
    parts = _TITLE_END.split(text.strip(), maxsplit=1)
    explained = len(parts) == 2 and len(parts[1].split()) >= MIN_EXPLANATION_WORDS
    return parts[0] if explained and any(c.isalpha() for c in parts[0]) else text


def is_of_responder(title: str) -> bool:
    """Whether the title begins with the responder: "Vendor rating"."""
    return bool(re.match(rf"{_RESPONDERS}('?s)?\b", normalise(title)))


def describes_offer(title: str) -> bool:
    """Whether the responder is to describe something there: "Description of the solution"."""
    return bool(re.match(_ABOUT_OFFER, normalise(title)))


def is_price_label(text: str) -> bool:
    """Whether a short text titles a column of money, amounts or hours."""
    return len(text) <= MAX_PRICE_LABEL_CHARS and bool(_PRICE.search(normalise(text)))


def header_choices(text: str) -> list[str]:
    """The answers a header spells out: "Response (Yes / No / N/A)" -> Yes, No, N/A."""
    flat = " ".join(text.split())
    match = re.search(
        r"(?<![/|,])(?<![/|,] )"
        r"\b(Yes|Y|J|S|Ja|Oui|Sí|Si|Sim|Tak|Fully|Full|C|Agree|Accept|Comply|Met|Pass)"
        r"\s*[/|,]\s*[^()\[\]]{1,60}",
        flat,
        re.IGNORECASE,
    )
    match = match or _LISTED_CODES.search(flat)
    if not match:
        return []
    listed = re.sub(r"\bN\s*/\s*A\b", "N\0A", match[0], flags=re.IGNORECASE)
    options = [option.replace("\0", "/").strip(" .:;?") for option in re.split(r"[/|,]", listed)]
    tidy = [option for option in options if option and len(option.split()) <= 3]
    return tidy if len(tidy) == len([o for o in options if o]) and 2 <= len(tidy) <= 8 else []


def normalise(text: str) -> str:
    """Lower case, compatibility forms folded, blanks and line ends made single spaces."""
    folded = unicodedata.normalize("NFKC", text.replace("º", "°")).lower()
    return " ".join(folded.replace("’", "'").replace("_", " ").split()).strip(" :*")


def _without_brackets(label: str) -> str:
    head = re.sub(r"[(\[{][^)\]}]*[)\]}]?", " ", label).strip(" :*-–?")
    return " ".join(head.split()) or label


def _is_ours_to_skip(head: str) -> bool:
    if re.search(r"\bresponse guidance|guidance\b", head):
        return True
    return bool(_NOT_OURS.search(head) or _ABOUT_QUESTION.search(head))


def _skip_label(head: str) -> Label:
    for role in (NUMBER, SECTION):
        found = _match(role, head)
        if found and found.weight >= 4:
            return found
    # "Customer question" and "Mandatory requirement" are still the question.
    asked = _match(QUESTION, head)
    if asked and asked.weight >= 4 and not _ABOUT_QUESTION.search(head) and _ends_in(head, asked):
        return asked
    return Label(OTHER, 1, head)


def _ends_in(head: str, label: Label) -> bool:
    edge = head.endswith(label.word) or head.startswith(label.word)
    return edge and not re.search(r"\b(answer|response|score|example)", head)


def _match(role: str, head: str) -> Label | None:
    for pattern, weight in _VOCABULARY[role]:
        found = pattern.search(head)
        if found:
            coverage = len(found[0]) / max(len(head), 1)
            return Label(role, weight + coverage, found[0])
    return None


def _best(roles: tuple[str, ...], head: str) -> Label | None:
    found = [label for role in roles if (label := _match(role, head))]
    return max(found, key=lambda label: label.weight, default=None)
