"""Layouts written before the rules were read and first run after they were mended."""

from openpyxl.styles import Font

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    ENGLISH_OF_FRENCH,
    FEATURES,
    FRENCH_ASKED,
    GERMAN_ASKED,
    GERMAN_NOUNS,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    SECURITY,
    SPANISH,
    Form,
    choices,
    cycle,
    layout,
    paint,
    protect,
)


@layout
def blind_university_cloud_form(form: Form) -> None:
    sheet = form.sheet("Instructions")
    form.put(sheet, ["Vendor assessment"], ["Complete all tabs."], ["Scoring is automatic."])
    sheet = form.sheet("General Information")
    form.put(sheet, ["GNRL-01", "Solution Provider Name", ""], ["GNRL-02", "Solution Name", ""])
    form.gold.clear()
    for tab in ("Organization", "Product"):
        sheet = form.sheet(tab)
        for k in range(3):
            head = form.put(
                sheet,
                [
                    f"{TOPICS[k]}",
                    "",
                    "Solution Provider Answer",
                    "Additional Information",
                    "Guidance",
                    "Analyst Notes",
                ],
            )
            paint(sheet, head, 6)
            for n, text in enumerate(ASKED[k * 6 : k * 6 + 6], 1):
                row = form.ask(
                    sheet,
                    [f"{tab[:4].upper()}-{k}{n}", text, "", "", "State what applies."],
                    "B",
                    "C",
                    "D",
                )
            choices(sheet, f"C{row - 5}:C{row}", "Yes,No,N/A")


@layout
def blind_functional_list_with_module_and_codes(form: Form) -> None:
    sheet = form.sheet("ERP")
    form.put(
        sheet,
        ["ERP FUNCTIONAL REQUIREMENTS"],
        [],
        ["Y = Yes, standard"],
        ["R = Report writer"],
        ["T = Third party"],
        ["M = Modification"],
        ["F = Future release"],
        ["N = Not available"],
        [],
    )
    form.put(sheet, ["Req. No.", "Accounts Payable", "Availability", "Cost", "Comments"])
    form.ask_all(sheet, list(cycle(FEATURES, 40)), lambda n, t: [f"AP-{n}", t], "B", "C", "E")
    form.put(sheet, [], ["Req. No.", "General Ledger", "Availability", "Cost", "Comments"])
    form.ask_all(sheet, list(cycle(SHALLS, 30)), lambda n, t: [f"GL-{n}", t], "B", "C", "E")


@layout
def blind_bank_outsourcing_register(form: Form) -> None:
    sheet = form.sheet("DORA")
    form.put(
        sheet,
        [
            "#",
            "Chapter",
            "Article",
            "Expectation",
            "Provider self-assessment",
            "Provider explanation",
            "Bank's review",
        ],
    )
    first, last = form.ask_all(
        sheet, STATED, lambda n, t: [n, "ICT risk", f"Art. {n}", t], "D", "E", "F"
    )
    choices(sheet, f"E{first}:E{last}", "Compliant,Partially,Not compliant")


@layout
def blind_italian_specification(form: Form) -> None:
    sheet = form.sheet("Requisiti")
    texts = [
        "Gestione multi-azienda",
        "Il sistema deve integrarsi con il protocollo informatico.",
        "Firma digitale remota",
        "Conservazione a norma dei documenti",
        "Disponibilità di un ambiente di test",
        "Formazione degli utenti in presenza",
    ]
    form.put(
        sheet,
        [
            "Rif.",
            "Descrizione requisito",
            "Obbligatorio/Opzionale",
            "Presente (SI/NO)",
            "Note del fornitore",
        ],
    )
    form.ask_all(sheet, texts, lambda n, t: [f"R{n}", t, "O"], "B", "D", "E")


@layout
def blind_portuguese_annex(form: Form) -> None:
    sheet = form.sheet("Anexo II")
    texts = [
        "Suporte a certificado digital ICP-Brasil",
        "Possui API REST documentada",
        "Permitir a exportação em formato aberto",
        "Registro de logs de acesso",
        "A contratada deverá manter sigilo sobre os dados.",
        "Backup diário com retenção",
    ]
    form.put(sheet, ["Item", "Especificação", "Atende?", "Página da proposta"])
    form.ask_all(sheet, texts, lambda n, t: [f"1.{n}", t], "B", "C")


@layout
def blind_polish_table(form: Form) -> None:
    sheet = form.sheet("OPZ")
    texts = [
        "Obsługa minimum 50 użytkowników",
        "Możliwość eksportu raportów do XLSX",
        "Integracja z Active Directory",
        "System musi być zgodny z RODO.",
        "Szkolenie administratorów",
        "Gwarancja 36 miesięcy",
    ]
    form.put(sheet, ["Lp.", "Parametr wymagany", "Parametr oferowany"])
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C")


@layout
def blind_japanese_checklist(form: Form) -> None:
    sheet = form.sheet("チェックシート")
    form.put(sheet, ["クラウドサービス セキュリティチェックシート"], [])
    form.put(sheet, ["項番", "大項目", "確認事項", "回答（○/×/－）", "補足説明"])
    texts = [
        "データセンターの所在地が国内であること",
        "通信経路の暗号化",
        "ログの保存期間は1年以上か",
        "バックアップの取得頻度",
        "脆弱性情報を収集し、対応していること",
        "アカウントロック機能",
    ]
    form.ask_all(sheet, texts, lambda n, t: [n, "技術" if n == 1 else "", t], "C", "D", "E")


@layout
def blind_korean_checklist(form: Form) -> None:
    sheet = form.sheet("체크리스트")
    form.put(sheet, ["번호", "구분", "점검항목", "이행여부", "상세설명"])
    texts = [
        "개인정보 암호화 저장 여부",
        "접근권한을 최소한으로 부여하고 있는가?",
        "백업 및 복구 절차를 수립하여 운영하고 있습니까?",
        "침해사고 대응 체계",
        "로그 보관 기간",
    ]
    form.ask_all(sheet, texts, lambda n, t: [n, "기술적", t], "C", "D", "E")


@layout
def blind_dutch_programme(form: Form) -> None:
    sheet = form.sheet("PvE")
    texts = [
        "Koppeling met Afas",
        "De leverancier verzorgt het technisch beheer.",
        "Gegevens worden binnen de EER opgeslagen.",
        "Zoeken op meerdere criteria",
        "Beschikbaarheid van 99,5% per maand",
        "Ondersteuning van DigiD",
    ]
    form.put(sheet, ["Nr", "Omschrijving eis/wens", "E/W", "Voldoet (J/N)", "Toelichting"])
    form.ask_all(sheet, texts, lambda n, t: [n, t, "E"], "B", "D", "E")


@layout
def blind_questions_with_sample_answers(form: Form) -> None:
    sheet = form.sheet("ESG")
    form.put(sheet, ["Code", "Indicator", "Unit", "2023", "2024", "2025", "Comment"])
    texts = [
        "Scope 1 emissions",
        "Scope 2 emissions",
        "Share of women in management",
        "Number of work accidents",
        "Water consumption",
    ]
    form.ask_all(sheet, texts, lambda n, t: [f"E{n}", t, "t"], "B", "D|E|F", ANY)


@layout
def blind_large_caiq_like(form: Form) -> None:
    sheet = form.sheet("Introduction")
    form.put(sheet, ["Questionnaire v5"], ["Please answer each question with Yes, No or NA."])
    sheet = form.sheet("Questionnaire")
    form.put(sheet, ["CONSENSUS QUESTIONNAIRE v5"])
    head = form.put(
        sheet,
        [
            "Question ID",
            "Question",
            "Provider Answer",
            "Responsibility",
            "Implementation Description (Optional/Recommended)",
            "Customer Responsibilities",
            "Control ID",
            "Control Specification",
            "Control Title",
            "Domain Title",
        ],
    )
    paint(sheet, head, 10)
    texts = list(cycle(SECURITY, 130))
    first, last = form.ask_all(
        sheet,
        texts,
        lambda n, t: [
            f"A&A-{n:02}.1",
            t,
            "",
            "",
            "",
            "",
            f"A&A-{n:02}",
            DEMANDS[n % 8],
            TOPICS[n % 20],
            "Audit & Assurance",
        ],
        "B",
        "C",
        "E",
    )
    choices(sheet, f"C{first}:C{last}", "Yes,No,NA")
    choices(sheet, f"D{first}:D{last}", "Provider,Customer,Shared")
    form.put(sheet, ["End of Standard"], ["© 2026. All rights reserved."])


@layout
def blind_supplier_code_with_agree(form: Form) -> None:
    sheet = form.sheet("T&C")
    form.put(sheet, ["Ref", "Contract term", "Agree / Disagree", "Proposed wording"])
    texts = [
        "Payment is due 60 days after receipt of a correct invoice.",
        "Liability is capped at 200 % of the annual fees.",
        "The Client may terminate for convenience with 30 days' notice.",
        "Intellectual property in deliverables passes to the Client.",
    ]
    form.ask_all(sheet, texts, lambda n, t: [f"T{n}", t], "B", "C", "D")


@layout
def blind_number_and_text_in_one_of_two_levels(form: Form) -> None:
    sheet = form.sheet("Fragen")
    form.put(
        sheet,
        [
            "Kapitel",
            "Unterkapitel",
            "Nr.",
            "Anforderung",
            "Erfüllungsgrad",
            "Beschreibung der Umsetzung",
            "Verweis auf Dokument",
        ],
    )
    texts = GERMAN_ASKED + GERMAN_NOUNS
    form.ask_all(
        sheet,
        texts,
        lambda n, t: ["1 Betrieb", f"1.{n % 3} Teil", f"1.{n % 3}.{n}", t],
        "D",
        "E",
        "F",
    )


@layout
def blind_protected_form_without_header(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Business continuity questionnaire"], [])
    for n, text in enumerate(ASKED[:10], 1):
        form.ask(sheet, [n, text], "B", "C")
        form.put(sheet, [])
    protect(sheet, "C3:C22")


@layout
def blind_stacked_label_rows(form: Form) -> None:
    sheet = form.sheet("Quality")
    form.put(sheet, ["Quality submission"], [])
    for n, text in enumerate(ASKED[:6], 1):
        form.ask(sheet, [f"Q{n}", text], "B", "B+2|B+1")
        form.put(sheet, ["", "Response:"], ["", ""], [])


@layout
def blind_risk_categories_with_weights_hidden(form: Form) -> None:
    sheet = form.sheet("TPRM")
    form.put(sheet, ["w", "Q#", "Control question", "Answer", "Upload", "Reviewer comment"])
    form.ask_all(sheet, ASKED, lambda n, t: [0.25, n, t], "C", "D")
    sheet.column_dimensions["A"].hidden = True


@layout
def blind_spanish_two_tabs(form: Form) -> None:
    sheet = form.sheet("Requisitos técnicos")
    form.put(sheet, ["Nº", "Requisito", "Cumple", "No cumple", "Referencia en la oferta"])
    texts = [
        "Acceso por VPN con doble factor",
        "Soporte 24x7 en castellano",
        "El licitador aportará un plan de transición.",
        "Copia de seguridad externa",
    ]
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", ANY)
    sheet = form.sheet("Cuestionario")
    form.put(sheet, ["Nº", "Pregunta", "Respuesta del proveedor"])
    form.ask_all(sheet, SPANISH, lambda n, t: [n, t], "B", "C")


@layout
def blind_user_stories(form: Form) -> None:
    sheet = form.sheet("Stories")
    form.put(
        sheet,
        [
            "Story ID",
            "As a",
            "I want to",
            "So that",
            "Priority",
            "Supported (Y/N/P)",
            "Vendor explanation",
        ],
    )
    texts = [
        "search all contracts by keyword",
        "approve invoices on my phone",
        "see overdue tasks on one page",
        "export a list to Excel",
        "delegate my approvals",
    ]
    form.ask_all(
        sheet, texts, lambda n, t: [f"US{n}", "manager", t, "I save time", "High"], "C", "F", "G"
    )


@layout
def blind_bilingual_rows_one_below_the_other(form: Form) -> None:
    sheet = form.sheet("Annexe")
    form.put(sheet, ["No / N°", "Question", "Answer / Réponse"])
    for n, (english, french) in enumerate(zip(ENGLISH_OF_FRENCH, FRENCH_ASKED, strict=True), 1):
        text = f"{english} / {french}"
        form.ask(sheet, [n, text], "B", "C")


@layout
def blind_bold_headings_without_numbers(form: Form) -> None:
    sheet = form.sheet("Checklist")
    form.put(sheet, ["Security checklist"], [], ["Control", "In place?", "Details"])
    for k in range(3):
        row = form.put(sheet, [TOPICS[k]])
        sheet.cell(row, 1).font = Font(bold=True)
        form.ask_all(sheet, STATED[k * 5 : k * 5 + 5], lambda n, t: [t], "A", "B", "C")
