"""Layouts in other languages, and odd ones; the texts are made up here."""

from openpyxl.styles import Font

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    FRENCH,
    GERMAN,
    JAPANESE,
    PRIVACY,
    SECURITY,
    SPANISH,
    Form,
    choices,
    layout,
    paint,
)

ITALIAN = [
    "L'azienda è certificata ISO 27001?",
    "Descrivere le misure di protezione dei dati personali.",
    "Il fornitore deve garantire la continuità del servizio.",
    "È prevista la cifratura dei backup?",
    "Con quale frequenza vengono riesaminati i diritti di accesso?",
]
DUTCH = [
    "Beschikt uw organisatie over een informatiebeveiligingsbeleid?",
    "Leverancier dient incidenten binnen 24 uur te melden.",
    "Beschrijf hoe u de continuïteit van de dienstverlening borgt.",
    "Welke onderaannemers schakelt u in?",
    "De oplossing ondersteunt Single Sign-On via SAML.",
]
PORTUGUESE = [
    "A empresa possui política de segurança da informação aprovada?",
    "Descreva o processo de gestão de incidentes.",
    "A solução deverá permitir autenticação multifator.",
    "Qual é a localização dos centros de dados?",
    "Os dados são criptografados em repouso?",
]
POLISH = [
    "Czy firma posiada certyfikat ISO 27001?",
    "Proszę opisać procedurę reagowania na incydenty.",
    "System musi zapewniać szyfrowanie danych.",
    "Jak często wykonywane są kopie zapasowe?",
    "Wykonawca zapewni wsparcie w języku polskim.",
]
ARABIC = [
    "هل لديكم سياسة معتمدة لأمن المعلومات؟",
    "صف إجراءات الاستجابة للحوادث الأمنية.",
    "يجب على المورد تشفير البيانات أثناء النقل.",
    "كم مرة تتم مراجعة صلاحيات الوصول؟",
    "هل يتم اختبار خطة استمرارية الأعمال سنويا؟",
]
CHINESE = [
    "是否建立了信息安全管理制度？",
    "请描述数据备份策略。",
    "供应商应在24小时内报告安全事件。",
    "系统支持单点登录",
    "如何管理特权账号？",
]
RUSSIAN = [
    "Имеется ли у вас политика информационной безопасности?",
    "Опишите процесс управления инцидентами.",
    "Система должна обеспечивать шифрование данных.",
    "Как часто проводится резервное копирование?",
]
GERMAN_FUNCTIONS = [
    "Protokollierung aller Zugriffe auf Patientendaten",
    "Die Benutzeroberfläche ist in deutscher Sprache verfügbar.",
    "Möglichkeit zum Export der Stammdaten im CSV-Format",
    "Das System unterstützt die Anmeldung über LDAP.",
    "Automatische Erinnerung bei Fristablauf",
    "Rollen- und Rechtekonzept",
]


@layout
def german_specification_with_a_and_b_criteria(form: Form) -> None:
    sheet = form.sheet("Leistungsverzeichnis")
    form.put(sheet, ["Leistungsverzeichnis – Los 1"], ["A = Ausschlusskriterium, "
             "B = Bewertungskriterium"], [])  # fmt: skip
    head = form.put(
        sheet,
        ["Lfd. Nr.", "Anforderung", "A/B", "Gewicht", "Erfüllungsgrad\n(0 = nicht, 1 = teilweise, "
         "2 = voll)", "Erläuterungen des Bieters", "Leistungspunkte"],
    )  # fmt: skip
    paint(sheet, head, 7)
    form.put(sheet, ["1", "Allgemeine Funktionen"], bold=True)
    form.ask_all(sheet, GERMAN_FUNCTIONS,
                 lambda n, t: [f"1.{n}", t, "B", 10, "", "", f"=D{n}*E{n}"],
                 "B", "E", "F")  # fmt: skip


@layout
def german_self_disclosure_with_ticks(form: Form) -> None:
    sheet = form.sheet("Selbstauskunft")
    form.put(sheet, ["Lieferantenselbstauskunft"], [])
    form.put(sheet, ["Firma:"], ["Anschrift:"], ["Umsatzsteuer-ID:"], [])
    form.put(sheet, ["Frage", "Ja", "Nein", "Bemerkungen"])
    form.ask_all(sheet, GERMAN, lambda n, t: [t], "A", "B", "D")


@layout
def french_response_framework(form: Form) -> None:
    sheet = form.sheet("CRT")
    form.put(sheet, ["Cadre de réponse technique"], ["À compléter par le candidat"], [])
    form.put(
        sheet,
        ["Réf.", "Thème", "Exigence", "Obligatoire (O) / Souhaitée (S)", "Couverture "
         "(Totale / Partielle / Non)", "Commentaire du candidat", "Renvoi mémoire technique"],
    )  # fmt: skip
    form.ask_all(sheet, FRENCH, lambda n, t: [f"EX-{n}", "Général", t, "O"], "C", "E", "F")


@layout
def french_security_annex_with_oui_non(form: Form) -> None:
    sheet = form.sheet("PAS")
    form.put(sheet, ["N°", "Mesure de sécurité", "Oui", "Non", "Sans objet", "Précisions"])
    texts = ["Une politique de sécurité est formalisée et diffusée.",
             "Les accès distants sont protégés par une authentification forte.",
             "Un plan de reprise d'activité est testé chaque année.",
             "Les sauvegardes sont chiffrées."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", "F")


@layout
def spanish_form_with_si_no(form: Form) -> None:
    sheet = form.sheet("Evaluación")
    form.put(sheet, ["EVALUACIÓN DE PROVEEDORES"], [])
    form.put(sheet, ["Ítem", "Pregunta", "Sí", "No", "N/A", "Comentarios", "Evidencia"])
    form.put(sheet, ["", "GESTIÓN DE LA SEGURIDAD"], bold=True)
    form.ask_all(sheet, SPANISH, lambda n, t: [n, t], "B", "C", "F")


@layout
def italian_requirements_with_response(form: Form) -> None:
    sheet = form.sheet("Requisiti")
    form.put(sheet, ["Rif.", "Requisito", "Obbligatorio", "Risposta del fornitore", "Note"])
    form.ask_all(sheet, ITALIAN, lambda n, t: [f"R{n}", t, "Sì"], "B", "D", "E")


@layout
def italian_form_with_conformity(form: Form) -> None:
    sheet = form.sheet("Scheda tecnica")
    form.put(sheet, ["Scheda tecnica di conformità"], [])
    form.put(sheet, ["N.", "Caratteristica richiesta", "Conforme (SI/NO)", "Descrizione "
                     "dell'offerta"])  # fmt: skip
    form.ask_all(sheet, ITALIAN[2:] + ["Garanzia di 24 mesi", "Manuale d'uso in italiano"],
                 lambda n, t: [n, t], "B", "C", "D")  # fmt: skip


@layout
def dutch_program_with_akkoord(form: Form) -> None:
    sheet = form.sheet("PvE")
    form.put(sheet, ["Programma van Eisen", "", "", "in te vullen door inschrijver"])
    form.put(sheet, ["Nr.", "Eis", "Type (K/W)", "Voldoet (J/N)", "Toelichting inschrijver"])
    form.ask_all(sheet, DUTCH, lambda n, t: [f"E{n}", t, "K"], "B", "D", "E")


@layout
def portuguese_due_diligence(form: Form) -> None:
    sheet = form.sheet("Due diligence")
    form.put(sheet, ["Questionário de due diligence"], [])
    form.put(sheet, ["Nº", "Questão", "Resposta", "Evidências / Observações"])
    form.ask_all(sheet, PORTUGUESE, lambda n, t: [n, t], "B", "C", "D")


@layout
def polish_compliance(form: Form) -> None:
    sheet = form.sheet("Formularz")
    form.put(sheet, ["Lp.", "Wymaganie", "Spełnia (TAK/NIE)", "Opis / uwagi Wykonawcy"])
    form.ask_all(sheet, POLISH, lambda n, t: [n, t], "B", "C", "D")


@layout
def arabic_right_to_left(form: Form) -> None:
    sheet = form.sheet("الاستبيان")
    sheet.sheet_view.rightToLeft = True
    form.put(sheet, ["استبيان أمن المعلومات للموردين"], [])
    form.put(sheet, ["الرقم", "السؤال", "الإجابة", "ملاحظات"])
    form.ask_all(sheet, ARABIC, lambda n, t: [n, t], "B", "C", "D")


@layout
def chinese_deviation_table(form: Form) -> None:
    sheet = form.sheet("技术要求")
    form.put(sheet, ["技术规格偏离表"], [])
    form.put(sheet, ["序号", "招标要求", "投标响应", "偏离情况", "说明"])
    form.ask_all(sheet, CHINESE, lambda n, t: [n, t], "B", "C|D", ANY)


@layout
def japanese_sheet_with_grouped_items(form: Form) -> None:
    sheet = form.sheet("チェックシート")
    form.put(sheet, ["セキュリティチェックシート"], ["ご回答は黄色のセルにご記入ください。"], [])
    form.put(sheet, ["No", "大項目", "小項目", "確認内容", "回答（○/×）", "補足説明"])
    for n, text in enumerate(JAPANESE, 1):
        form.ask(sheet, [n, "管理" if n == 1 else "", f"項目{n}", text], "D", "E", "F")


@layout
def russian_questionnaire(form: Form) -> None:
    sheet = form.sheet("Анкета")
    form.put(sheet, ["Анкета поставщика"], [])
    form.put(sheet, ["№ п/п", "Вопрос", "Ответ", "Примечание"])
    form.ask_all(sheet, RUSSIAN, lambda n, t: [n, t], "B", "C", "D")


@layout
def bilingual_columns(form: Form) -> None:
    sheet = form.sheet("Bilingual")
    form.put(sheet, ["No.", "Question (EN)", "Frage (DE)", "Answer / Antwort", "Remarks"])
    pairs = list(zip(PRIVACY, GERMAN, strict=False))
    for n, (english, german) in enumerate(pairs, 1):
        form.ask(sheet, [n, english, german], "B", "D", "E")


@layout
def headings_as_numbers_in_the_same_column(form: Form) -> None:
    sheet = form.sheet("RFP")
    head = form.put(sheet, ["Section", "Requirement / Question", "Vendor Response"])
    paint(sheet, head, 3)
    for k, (title, texts) in enumerate([("Company", PRIVACY), ("Technical", DEMANDS)], 1):
        form.put(sheet, [k, title])
        form.put(sheet, [f"{k}.1", f"{title} basics"])
        form.ask_all(sheet, texts, lambda n, t, k=k: [f"{k}.1.{n}", t], "B", "C")


@layout
def guidance_row_under_each_question(form: Form) -> None:
    sheet = form.sheet("Quality")
    form.put(sheet, ["Ref", "Question", "Response"])
    for n, text in enumerate(SECURITY[:6], 1):
        form.ask(sheet, [n, text], "B", "C")
        row = form.put(sheet, ["", "Guidance: a good answer names the owner and the interval."])
        sheet.cell(row, 2).font = Font(italic=True)


@layout
def bullets_continued_in_rows_below(form: Form) -> None:
    sheet = form.sheet("Scope")
    form.put(sheet, ["Item", "Requirement", "Comply (Y/N)", "Comments"])
    for n, text in enumerate(DEMANDS[:5], 1):
        form.ask(sheet, [f"{n}", text], "B", "C", "D")
    form.ask(sheet, ["6", "The platform shall offer at least the following:"], "B", "C", "D")
    form.ask_all(sheet, ["a dashboard for managers", "a report builder", "alerts by e-mail"],
                 lambda n, t: [f"6.{n}", t], "B", "C", "D")  # fmt: skip


@layout
def contact_block_then_table_without_number(form: Form) -> None:
    sheet = form.sheet("DD")
    form.put(sheet, ["Due Diligence Questionnaire"], ["Supplier:", ""], ["Completed by:", ""],
             ["Date:", ""], [])  # fmt: skip
    head = form.put(sheet, ["Area", "What we would like to know", "Your input", "Internal notes"])
    paint(sheet, head, 4)
    for n, text in enumerate(PRIVACY + SECURITY):
        form.ask(sheet, [f"Area {n // 3}", text], "B", "C")
    first = head + 1
    choices(sheet, f"A{first}:A{first + 17}", "Area 0,Area 1,Area 2,Area 3,Area 4,Area 5")
