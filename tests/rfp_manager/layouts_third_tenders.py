"""Layouts written by a third stranger to the rules: public tenders in several languages."""

from tests.rfp_manager.layouts_third_texts import (
    AREAS,
    DE,
    ES,
    FR,
    IT,
    JA,
    MUSTS,
    PL,
    PT,
    STATES,
    THINGS,
    many,
)
from tests.rfp_manager.layouts_wild import ANY, Form, Gold, choices, layout, paint


@layout
def third_german_catalogue_with_exclusion_criteria(form: Form) -> None:
    sheet = form.sheet("Deckblatt")
    form.put(sheet, ["Vergabeverfahren 2026-017"], ["Bieter:", ""], ["Datum:", ""])
    sheet = form.sheet("Kriterienkatalog")
    form.put(sheet, ["Kriterienkatalog zur Leistungsbeschreibung"], [],
             ["Nr.", "Kriterium", "Art", "Gewicht", "Erfüllt?", "", "Erläuterung des Bieters",
              "Bewertung (Auftraggeber)", ""],
             ["", "", "(A/B)", "", "ja", "nein", "", "Punkte", "Ergebnis"])  # fmt: skip
    sheet.merge_cells("E3:F3")
    sheet.merge_cells("H3:I3")
    texts = many(DE, 120)
    for k in range(12):
        row = form.put(sheet, [f"{k + 1}", f"{AREAS[k]} – Teil {k + 1}"], bold=True)
        first = row + 1
        for n, text in enumerate(texts[k * 10 : k * 10 + 10], 1):
            row = form.ask(sheet, [f"{k + 1}.{n}", text, "AB"[n % 2], 5 if n % 2 else ""],
                           "B", "E|F", "G")  # fmt: skip
        form.put(sheet, ["", f"Summe Abschnitt {k + 1}", "", "", "", "", "", "",
                         f"=SUM(I{first}:I{row})"])  # fmt: skip
        form.cached["Kriterienkatalog", f"I{row + 1}"] = "0"


@layout
def third_french_response_frame(form: Form) -> None:
    for tab in "Technique", "Fonctionnel", "Service":
        sheet = form.sheet(tab)
        form.put(sheet, ["CADRE DE RÉPONSE – " + tab.upper()],
                 ["Le candidat complète obligatoirement les colonnes E à G."], [],
                 ["N°", "Thème", "Exigence", "Niveau", "Réponse du soumissionnaire", "", ""],
                 ["", "", "", "(O/F)", "Couverture", "Version", "Commentaires et références"])  # fmt: skip
        sheet.merge_cells("E4:G4")
        first, last = form.ask_all(
            sheet, many(FR, 24), lambda n, t, tab=tab: [f"{tab[0]}{n}", AREAS[n // 4], t, "O"],
            "C", "E", "G")  # fmt: skip
        choices(sheet, f"E{first}:E{last}", "Standard,Paramétrage,Développement,Non couvert")


@layout
def third_spanish_matrix_with_merged_blocks(form: Form) -> None:
    sheet = form.sheet("Anexo 3")
    form.put(sheet, ["ANEXO 3. MATRIZ DE CUMPLIMIENTO TÉCNICO"], [],
             ["ÍTEM", "GRUPO", "ESPECIFICACIÓN TÉCNICA MÍNIMA", "CUMPLE", "", "FOLIO",
              "OBSERVACIONES DEL PROPONENTE"], ["", "", "", "SI", "NO"])  # fmt: skip
    sheet.merge_cells("D3:E3")
    for k in range(6):
        for n, text in enumerate(many(ES, 60)[k * 10 : k * 10 + 10], 1):
            row = form.ask(sheet, [k + 1 if n == 1 else "", AREAS[k] if n == 1 else "", text],
                           "C", "D|E", "G")  # fmt: skip
        sheet.merge_cells(f"A{row - 9}:A{row}")
        sheet.merge_cells(f"B{row - 9}:B{row}")


@layout
def third_polish_parameters_offered(form: Form) -> None:
    sheet = form.sheet("Formularz")
    form.put(sheet, ["Załącznik nr 2 – opis przedmiotu zamówienia"], [],
             ["Lp.", "Wymaganie Zamawiającego", "Spełnia (TAK/NIE)", "Opis oferowanego rozwiązania"],
             ["1", "2", "3", "4"])  # fmt: skip
    form.ask_all(sheet, many(PL, 40), lambda n, t: [f"{n}.", t], "B", "C", "D")


@layout
def third_japanese_requirements_in_three_levels(form: Form) -> None:
    sheet = form.sheet("機能要件一覧")
    form.put(sheet, ["機能要件一覧表"], ["※対応可否欄に◎、○、△、×を記入してください。"], [],
             ["No.", "大項目", "中項目", "要件", "必須/任意", "対応可否", "備考"])  # fmt: skip
    for k in range(5):
        for n, text in enumerate(JA, 1):
            row = form.ask(sheet, [k * 10 + n, f"業務{k + 1}" if n == 1 else "",
                                   f"機能{(n + 4) // 5}" if n % 5 == 1 else "",
                                   text if k == 0 else f"業務{k + 1}の{text}", "必須"],
                           "D", "F", "G")  # fmt: skip
        sheet.merge_cells(f"B{row - 9}:B{row}")
    choices(sheet, "F5:F54", "◎,○,△,×")


@layout
def third_vendor_and_evaluator_groups(form: Form) -> None:
    sheet = form.sheet("Requirements")
    form.put(sheet, ["", "", "", "TO BE COMPLETED BY VENDOR", "", "", "FOR EVALUATION TEAM ONLY"],
             ["Req #", "Requirement", "M/D", "Response code", "Delivery release", "Explanation",
              "Evaluator 1", "Evaluator 2", "Average"])  # fmt: skip
    sheet.merge_cells("D1:F1")
    sheet.merge_cells("G1:I1")
    for k in range(8):
        row = form.put(sheet, [f"{k + 1}.0 {AREAS[k].upper()}"], bold=True)
        sheet.merge_cells(f"A{row}:I{row}")
        for n, text in enumerate(many(MUSTS, 96)[k * 12 : k * 12 + 12], 1):
            row = form.ask(sheet, [f"{k + 1}.{n}", text, "M", "", "", "", "", "",
                                   f"=AVERAGE(G{form.at['Requirements'] + 1}:H3)"],
                           "B", "D", "F")  # fmt: skip
            form.cached["Requirements", f"I{row}"] = ""


@layout
def third_three_hundred_and_more_with_repeated_headers(form: Form) -> None:
    sheet = form.sheet("Functional")
    head = ["Ref.", "Functional area", "Requirement description", "Priority", "Y/P/N",
            "Vendor comments"]  # fmt: skip
    texts = many(MUSTS + THINGS, 360)
    for k in range(12):
        form.put(sheet, ["ATTACHMENT C – FUNCTIONAL REQUIREMENTS", "", "", "", "", f"Page {k + 1}"])
        row = form.put(sheet, head)
        paint(sheet, row, 6)
        for n, text in enumerate(texts[k * 30 : k * 30 + 30], 1):
            form.ask(sheet, [f"F{k * 30 + n:04}", AREAS[k], text, "High"], "C", "E", "F")


@layout
def third_requirement_merged_over_three_criteria(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(sheet, ["No", "Requirement", "Acceptance criterion", "Supplier response", "Remarks"])
    texts = many(MUSTS, 20)
    for n, text in enumerate(texts, 1):
        for k in range(3):
            values = [n if k == 0 else "", text if k == 0 else "",
                      ["Shown in a demo.", "Described in the manual.", "Tested in the pilot."][k]]
            row = form.put(sheet, values)  # fmt: skip
        form.gold.append(Gold("Matrix", row - 2, text, "D", ANY))
        for column in "ABDE":
            sheet.merge_cells(f"{column}{row - 2}:{column}{row}")


@layout
def third_state_matrix_with_codes_and_subtitles(form: Form) -> None:
    sheet = form.sheet("Instructions")
    form.put(sheet, ["Vendors shall respond to every requirement with one of these codes."],
             ["Code", "Definition"], ["S", "Standard function"], ["C", "Needs configuration"],
             ["T", "Third-party software"], ["N", "Not available"], [],
             ["Example:"], ["Req #", "Requirement", "Response", "Comments"],
             ["X1", "The System shall print labels.", "S", "Available since version 4"])  # fmt: skip
    for tab in "General", "Licensing", "Enforcement":
        sheet = form.sheet(tab)
        form.put(sheet, [f"{tab} requirements"], [],
                 ["Req #", "Requirement", "Vendor Response (S/C/T/N)", "Comments"])  # fmt: skip
        for k in range(5):
            form.put(sheet, ["", f"{AREAS[k]}"], bold=True)
            for n, text in enumerate(many(MUSTS, 50)[k * 10 : k * 10 + 10], 1):
                form.ask(sheet, [f"{tab[:2].upper()}{k}{n}", text], "B", "C", "D")
    sheet = form.sheet("Cost")
    form.put(sheet, ["Cost proposal"], ["Item", "Description", "Qty", "Unit price", "Total"])
    form.put(sheet, *[[n, f"{THINGS[n]} module licence", 1, "", f"=C{n}*D{n}"] for n in range(3, 12)])
    sheet = form.sheet("Glossary")
    form.put(sheet, ["Term", "Definition"], ["Licence", "A permission granted by the State."],
             ["User", "A person who shall have an account."],
             ["Vendor", "The company that must deliver."], ["State", "The buyer."])  # fmt: skip


@layout
def third_bilingual_text_in_one_cell(form: Form) -> None:
    sheet = form.sheet("Fragen – Questions")
    form.put(sheet, ["Nr. / No.", "Frage / Question", "Antwort / Answer", "Bemerkung / Remark"])
    form.ask_all(sheet, [f"{g}\n{e}" for g, e in zip(DE, MUSTS, strict=False)],
                 lambda n, t: [n, t], "B", "C", "D")  # fmt: skip


@layout
def third_korean_and_chinese_sheets(form: Form) -> None:
    sheet = form.sheet("요구사항")
    korean = [
        "시스템은 사용자별 권한 관리를 지원해야 한다.", "데이터 백업 방안을 기술하시오.",
        "개인정보는 암호화하여 저장하여야 한다.", "장애 발생 시 대응 절차를 제시하시오.",
        "모바일 접속 지원", "감사 로그를 1년 이상 보관해야 한다.", "다국어 화면 제공",
    ]  # fmt: skip
    form.put(sheet, ["번호", "구분", "요구사항 내용", "수용 여부", "제안 내용"])
    form.ask_all(sheet, korean, lambda n, t: [f"SFR-{n:03}", "기능", t], "C", "D", "E")
    sheet = form.sheet("技术响应表")
    chinese = [
        "系统应支持单点登录。", "投标人须提供三年质保服务。", "支持数据导出为Excel格式",
        "请说明数据备份方案。", "系统应记录所有操作日志。", "提供7×24小时技术支持", "应支持国产操作系统。",
    ]  # fmt: skip
    form.put(sheet, ["序号", "招标要求", "投标响应", "偏离情况", "说明"])
    form.ask_all(sheet, chinese, lambda n, t: [n, t], "B", "C", "E|*")
    form.gold[:] = [Gold(g.sheet, g.row, g.text, "C|D" if g.answer == "C" else g.answer, ANY)
                    for g in form.gold]  # fmt: skip


@layout
def third_italian_supplier_audit_with_points(form: Form) -> None:
    sheet = form.sheet("Questionario")
    form.put(sheet, ["QUESTIONARIO DI QUALIFICA FORNITORI"], ["Ragione sociale:", ""], [],
             ["N.", "Domanda", "Punteggio max", "SI", "NO", "N.A.", "Evidenze / note",
              "Riservato: punteggio"])  # fmt: skip
    for k in range(4):
        form.put(sheet, [f"{'ABCD'[k]}", AREAS[k].upper()], bold=True)
        for n, text in enumerate(many(IT, 28)[k * 7 : k * 7 + 7], 1):
            form.ask(sheet, [f"{'ABCD'[k]}{n}", text, 5], "B", "D|E|F", "G")


@layout
def third_portuguese_form_with_section_rows(form: Form) -> None:
    sheet = form.sheet("Due Diligence")
    form.put(sheet, ["Questionário de avaliação de terceiros"], [],
             ["Item", "Pergunta", "Resposta do fornecedor", "Evidência", "Parecer do avaliador"])  # fmt: skip
    for k in range(5):
        row = form.put(sheet, [f"{k + 1}. {AREAS[k]}"], bold=True)
        sheet.merge_cells(f"A{row}:E{row}")
        for n, text in enumerate(many(PT, 30)[k * 6 : k * 6 + 6], 1):
            form.ask(sheet, [f"{k + 1}.{n}", text], "B", "C", "D|*")
    form.gold[:] = [Gold(g.sheet, g.row, g.text, g.answer, ANY) for g in form.gold]


@layout
def third_bank_register_of_expectations(form: Form) -> None:
    sheet = form.sheet("Outsourcing")
    form.put(sheet, ["Ref", "Regulation", "Clause", "Regulatory expectation",
                     "Contract reference (provider)", "Gap (Y/N)", "Remediation plan and date",
                     "Bank conclusion"])  # fmt: skip
    form.ask_all(sheet, many(STATES, 60),
                 lambda n, t: [n, "Guidelines on outsourcing", f"§ {n // 4 + 40}", t],
                 "D", "E|F|G")  # fmt: skip


@layout
def third_arabic_and_turkish_sheets(form: Form) -> None:
    sheet = form.sheet("Anket")
    turkish = [
        "Firmanızın ISO 27001 belgesi var mı?", "Yedekleme yönteminizi açıklayınız.",
        "Veriler yurt dışında saklanıyor mu?", "Sistem en az 500 kullanıcıyı desteklemelidir.",
        "Olay müdahale süresi nedir?", "Yüklenici yerinde eğitim verecektir.", "Mobil uygulama desteği",
    ]  # fmt: skip
    form.put(sheet, ["Sıra", "Gereksinim", "Karşılanma durumu", "Açıklama"])
    form.ask_all(sheet, turkish, lambda n, t: [n, t], "B", "C", "D")
    sheet = form.sheet("الاستبيان")
    sheet.sheet_view.rightToLeft = True
    arabic = [
        "هل لدى الشركة شهادة أيزو 27001؟", "يرجى وصف إجراءات النسخ الاحتياطي.",
        "أين يتم تخزين البيانات؟", "يجب أن يدعم النظام تسجيل الدخول الموحد.",
        "ما هي مدة الاحتفاظ بالسجلات؟", "هل يتم تدريب الموظفين سنويا؟",
    ]  # fmt: skip
    form.put(sheet, ["م", "السؤال", "الإجابة", "ملاحظات"])
    form.ask_all(sheet, arabic, lambda n, t: [n, t], "B", "C", "D")


@layout
def third_many_offers_with_our_column_first(form: Form) -> None:
    sheet = form.sheet("Compliance")
    form.put(sheet, ["Item", "Minimum specification", "Specification of offered product",
                     "Brand / model", "Deviation, if any", "For use of the committee"])  # fmt: skip
    form.ask_all(sheet, many(THINGS, 32), lambda n, t: [n, t], "B", "C|E")


@layout
def third_nested_numbers_with_headings_in_the_text_column(form: Form) -> None:
    sheet = form.sheet("SoR")
    form.put(sheet, ["Statement of requirements"], [],
             ["Para", "Requirement", "Category", "Compliance", "Supplier statement"])  # fmt: skip
    for k in range(4):
        form.put(sheet, [f"{k + 3}", AREAS[k]])
        for m in range(3):
            form.put(sheet, [f"{k + 3}.{m + 1}", f"{AREAS[k + m + 4]} – general"])
            for n, text in enumerate(many(MUSTS, 96)[k * 12 + m * 4 : k * 12 + m * 4 + 4], 1):
                form.ask(sheet, [f"{k + 3}.{m + 1}.{n}", text, "Mandatory"], "B", "D", "E")
    paint(sheet, 3, 5)


@layout
def third_statements_with_agree_and_exception(form: Form) -> None:
    sheet = form.sheet("Terms")
    form.put(sheet, ["Contract terms: state your position on each clause"], [],
             ["Clause", "Term", "Accept", "Accept with changes", "Reject", "Proposed wording"])  # fmt: skip
    form.ask_all(sheet, STATES, lambda n, t: [f"{n}.1", t], "B", "C|D|E", "F")
