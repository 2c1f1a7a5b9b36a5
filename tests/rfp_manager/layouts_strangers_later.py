"""A later round: long forms, many-levelled numbers, prompts in the cells, odd columns."""

from openpyxl.styles import Font

from tests.rfp_manager.layouts_strangers_texts import (
    ASKED,
    FEATURES,
    GERMAN_ASKED,
    SHALLS,
    STATED,
    TOPICS,
)
from tests.rfp_manager.layouts_wild import (
    ANY,
    Form,
    choices,
    cycle,
    layout,
    paint,
)


@layout
def later_answers_preset_to_please_select(form: Form) -> None:
    sheet = form.sheet("Assessment")
    form.put(sheet, ["Ref", "Control question", "Response", "Comments"])
    first, last = form.ask_all(
        sheet, ASKED, lambda n, t: [f"{n}.0", t, "Please select"], "B", "C", "D"
    )
    choices(sheet, f"C{first}:C{last}", "Please select,Yes,No,N/A")


@layout
def later_numbers_in_three_columns(form: Form) -> None:
    sheet = form.sheet("Specification")
    form.put(sheet, ["L1", "L2", "L3", "Description", "Compliance", "Remarks"])
    for k in range(1, 4):
        form.put(sheet, [k, "", "", TOPICS[k].upper()])
        for j in range(1, 3):
            form.put(sheet, ["", f"{k}.{j}", "", TOPICS[k + j + 5].upper()])
            for n in range(1, 3):
                text = SHALLS[(k * 4 + j * 2 + n) % 12].replace(".", f" (lot {k}{j}{n}).")
                form.ask(sheet, ["", "", f"{k}.{j}.{n}", text], "D", "E", "F")


@layout
def later_units_row_below_the_header(form: Form) -> None:
    sheet = form.sheet("Datenblatt")
    form.put(sheet, ["Nr.", "Anforderung", "Antwort", "Bemerkung"],
             ["", "", "(Text, max. 500 Zeichen)", "(optional)"])  # fmt: skip
    form.ask_all(sheet, GERMAN_ASKED, lambda n, t: [n, t], "B", "C", "D")


@layout
def later_placeholder_of_the_bidder_as_title(form: Form) -> None:
    sheet = form.sheet("Tender")
    form.put(sheet, ["Item", "Requirement", "Weight", "<Name of Bidder>"])
    form.ask_all(sheet, FEATURES, lambda n, t: [n, t, 3], "B", "D")


@layout
def later_short_title_beside_the_full_question(form: Form) -> None:
    sheet = form.sheet("RFI")
    form.put(sheet, ["ID", "Question title", "Question description", "Response", "Attachments"])
    form.ask_all(sheet, ASKED, lambda n, t: [f"Q{n}", TOPICS[n - 1], t], "C", "D")


@layout
def later_subcategories_with_tiers(form: Form) -> None:
    sheet = form.sheet("Profile")
    form.put(sheet, ["Function", "Category", "Subcategory", "Current tier", "Target tier",
                     "How do you meet this outcome?"])  # fmt: skip
    first, last = form.ask_all(
        sheet, STATED,
        lambda n, t: ["IDENTIFY" if n == 1 else "", f"Category {n // 5}" if n % 5 == 1 else "",
                      f"ID.AM-{n}: {t}"],
        "C", "D|F", ANY,
    )  # fmt: skip
    sheet.merge_cells(f"A{first}:A{last}")


@layout
def later_questions_and_answers_in_turn(form: Form) -> None:
    sheet = form.sheet("Interview")
    form.put(sheet, ["Interview guide"], [])
    for n, text in enumerate(ASKED[:10], 1):
        form.ask(sheet, [f"Q{n}", text], "B", "B+1")
        form.put(sheet, [f"A{n}"])


@layout
def later_feature_matrix_for_two_products(form: Form) -> None:
    sheet = form.sheet("Matrix")
    form.put(sheet, ["Area", "Function", "On-premises: supported", "On-premises: remarks",
                     "Cloud: supported", "Cloud: remarks"])  # fmt: skip
    form.ask_all(sheet, FEATURES, lambda n, t: ["FI" if n < 9 else "CO", t], "B", "C|E", ANY)


@layout
def later_long_mixed_book_of_200_rows(form: Form) -> None:
    sheet = form.sheet("How to respond")
    form.put(sheet, ["How to respond"], ["Answer every question on the sheets A to D."])
    for k, title in enumerate(("A Corporate", "B Security", "C Service", "D Functions")):
        sheet = form.sheet(title)
        row = form.put(sheet, [f"Schedule {title}"])
        sheet.merge_cells(f"A{row}:F{row}")
        form.put(sheet, ["Supplier name:", ""], [])
        head = form.put(sheet, ["Ref.", "Subject", "Requirement", "Class", "Supplier response",
                                "Buyer score"])  # fmt: skip
        paint(sheet, head, 6)
        texts = list(cycle((ASKED, STATED, SHALLS, FEATURES)[k], 50))
        for n, text in enumerate(texts):
            if n % 20 == 0:
                paint(sheet, form.put(sheet, [TOPICS[n // 20 + k]]), 6, "FFBDD7EE")
            form.ask(sheet, [f"{title[0]}{n + 1:03}", TOPICS[n % 7], text, "M"], "C", "E")
        form.put(sheet, [], ["End of schedule"])


@layout
def later_czech_table(form: Form) -> None:
    sheet = form.sheet("Technická specifikace")
    texts = ["Podpora vícejazyčného rozhraní", "Export dat do formátu CSV",
             "Systém musí umožnit správu uživatelů.", "Zálohování jednou denně",
             "Záruka v délce 36 měsíců"]  # fmt: skip
    form.put(sheet, ["Poř. č.", "Požadovaný parametr", "Splňuje ANO/NE", "Nabízená hodnota"])
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C|D", ANY)


@layout
def later_ukrainian_table(form: Form) -> None:
    sheet = form.sheet("Вимоги")
    texts = ["Наявність сертифіката ISO 27001", "Опишіть порядок резервного копіювання.",
             "Система повинна підтримувати двофакторну автентифікацію.",
             "Де зберігаються дані користувачів?"]  # fmt: skip
    form.put(sheet, ["№ з/п", "Вимога", "Відповідь учасника", "Примітки"])
    form.ask_all(sheet, texts, lambda n, t: [n, t], "B", "C", "D")


@layout
def later_footnotes_and_signature_below(form: Form) -> None:
    sheet = form.sheet("Declaration")
    form.put(sheet, ["Declaration on sustainability"], [])
    form.put(sheet, ["No.", "Statement", "Yes", "No", "If no, reason"])
    form.ask_all(sheet, STATED[:9], lambda n, t: [n, t], "B", "C", "E")
    form.put(sheet, [], ["* Small companies may leave out statements 4 to 6."],
             ["Place, date", "", "Signature"])  # fmt: skip


@layout
def later_status_tick_as_letters(form: Form) -> None:
    sheet = form.sheet("Requirements")
    form.put(sheet, ["REQ #", "REQUIREMENT", "S", "F", "C", "T", "N", "COMMENTS"])
    for k in range(3):
        row = form.put(sheet, ["", TOPICS[k].upper()])
        sheet.cell(row, 2).font = Font(bold=True)
        form.ask_all(sheet, SHALLS[k * 4 : k * 4 + 4], lambda n, t, k=k: [f"{k}.{n}", t], "B",
                     "C", "H")  # fmt: skip


@layout
def later_questions_merged_over_three_rows(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["Ref", "Question", "Response"])
    for n, text in enumerate(ASKED[:10]):
        row = form.ask(sheet, [f"S{n + 1}", text], "B", "C")
        form.put(sheet, [], [])
        for column in "ABC":
            sheet.merge_cells(f"{column}{row}:{column}{row + 2}")


@layout
def later_two_empty_columns_and_a_filled_one_between(form: Form) -> None:
    sheet = form.sheet("Sheet2")
    form.put(sheet, ["Serial", "Parameter", "Make / model", "Minimum value", "Remarks by us",
                     "Value quoted"])  # fmt: skip
    texts = ["Processor cores per node", "Memory per node in GB", "Usable storage in TB",
             "Network ports at 25 Gbit/s", "Power supplies, redundant"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t, "", n * 8], "B", "C|F", ANY)


@layout
def later_banner_as_only_section_and_no_numbers(form: Form) -> None:
    sheet = form.sheet("ESG")
    for k in range(3):
        row = form.put(sheet, [f"{TOPICS[k]}"])
        sheet.merge_cells(f"A{row}:C{row}")
        form.put(sheet, ["Question", "Answer", "Link to evidence"])
        form.ask_all(sheet, ASKED[k * 5 : k * 5 + 5], lambda n, t: [t], "A", "B", ANY)
        form.put(sheet, [])
