"""Layouts of a fourth stranger to the rules, who made up all of them before reading any."""

from openpyxl.styles import Border, Side

from tests.rfp_manager.layouts_third_texts import AREAS, ASKS, DE, many
from tests.rfp_manager.layouts_wild import Form, Gold, layout, paint

Rows = list[list[object]]
THIN = Border(*(Side(style="thin"),) * 4)


@layout
def fourth_cards_with_a_weight_between(form: Form) -> None:
    sheet = form.sheet("Method statements")
    form.put(sheet, ["Quality questions"], [])
    for n, text in enumerate(many(ASKS, 12), 1):
        row = form.put(sheet, [f"Question {n}", text])
        form.put(sheet, ["Weighting", "5 %"], ["Response"], [])
        form.gold.append(Gold(sheet.title, row, text, "B+2", "*"))


@layout
def fourth_cards_that_begin_with_a_number(form: Form) -> None:
    sheet = form.sheet("Anforderungen")
    for n, text in enumerate(DE, 1):
        row = form.put(sheet, ["Nr.", f"A-{n:02}"], ["Anforderung", text])
        form.put(sheet, ["Priorität", "A"], ["Antwort des Bieters"], ["Nachweis"], [])
        form.gold.append(Gold(sheet.title, row, text, "B+2", "B+3"))


@layout
def fourth_numbered_questions_over_merged_boxes(form: Form) -> None:
    sheet = form.sheet("Quality questionnaire")
    form.put(sheet, ["Quality submission"])
    sheet.merge_cells("A1:F1")
    for n, text in enumerate(many(ASKS, 12), 1):
        row = n * 6 - 3
        form.at[sheet.title] = row - 1
        form.ask(sheet, [n, text], "B", "B+1")
        sheet.merge_cells(f"B{row}:F{row}")
        sheet.merge_cells(f"B{row + 1}:F{row + 4}")
        sheet.cell(row + 1, 2).border = THIN


@layout
def fourth_levels_to_mark_with_their_names(form: Form) -> None:
    sheet = form.sheet("Maturity")
    levels = ["0 - none", "1 - ad hoc", "2 - implemented", "3 - measured", "4 - optimised"]
    form.put(sheet, ["Mark the level that applies with an X"], [],
             ["Domain", "Practice", *levels, "Comment"])  # fmt: skip
    paint(sheet, 3, 8)
    texts = [f"{area} is governed" for area in AREAS[:10]]
    form.ask_all(sheet, texts, lambda n, t: ["Protect" if n == 1 else "", t], "B", "C|D|E|F|G", "H")
    sheet.merge_cells("A4:A13")


@layout
def fourth_questions_with_notes_behind_them(form: Form) -> None:
    sheet = form.sheet("Attestations")
    form.put(sheet, [], ["質問内容", "回答欄", "詳細"])
    texts = ["Do you hold a valid third-party certification? If yes, you may skip the rest.",
             "Is the site cleared for classified work? If not, continue to section 3.",
             "If the law forbids it, please note that and name the sites concerned.",
             *ASKS[:9]]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [t], "A", "B", "C")


@layout
def fourth_order_in_many_languages(form: Form) -> None:
    sheet = form.sheet("Sheet1")
    texts = ["Beskriv hur behörigheter tilldelas.", "Uveďte seznam všech subdodavatelů.",
             "Allegare il curriculum del responsabile.", "Proszę opisać sposób szyfrowania danych.",
             "Descreva as medidas de segurança física.", "Опишите порядок резервного копирования.",
             "Περιγράψτε τη διαδικασία ανάκτησης.", "Luetelkaa kaikki käytetyt alihankkijat.",
             "Müşteri verilerinin saklanmasını açıklayınız.", "Descrieți procedura de escaladare.",
             "Ismertesse a jogosultságkezelés folyamatát.", "يرجى وصف إجراءات النسخ الاحتياطي.",
             "Angiv alle anvendte underleverandører.", "Oppgi hvor dataene blir lagret."]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [t], "A", "B")


@layout
def fourth_wide_cells_with_guidance_below_each(form: Form) -> None:
    sheet = form.sheet("Section C")
    form.put(sheet, ["Section C: technical capability"], [])
    sheet.merge_cells("A1:H1")
    for n, text in enumerate(many(ASKS, 9), 1):
        row = form.ask(sheet, [f"C{n}", text], "B", "E")
        form.put(sheet, ["", "Guidance: answers are scored on clarity and evidence."])
        for area in f"B{row}:D{row}", f"E{row}:H{row}", f"B{row + 1}:H{row + 1}":
            sheet.merge_cells(area)


@layout
def fourth_specifications_offered_beside_their_prices(form: Form) -> None:
    sheet = form.sheet("Offer")
    form.put(sheet, [], ["Item", "Minimum specification", "Offered specification", "Brand", "Qty",
                         "Unit price", "Total price"])  # fmt: skip
    texts = ["Processor with 16 cores", "Memory of 256 GB", "Two power supplies",
             "Four network ports", "Warranty of five years on site"]  # fmt: skip
    form.ask_all(sheet, texts, lambda n, t: [n, t, "", "", 2, "", f"=E{n + 2}*F{n + 2}"], "B", "C")


@layout
def fourth_danish_titles_counted_like_their_demands(form: Form) -> None:
    sheet = form.sheet("Krav")
    form.put(sheet, ["Krav nr.", "Kravtekst", "MK/EK", "Opfyldt (ja/nej)", "Beskrivelse", "Point"])
    for k, title in enumerate(("Sikkerhed", "Drift"), 1):
        form.put(sheet, [k, title], bold=True)
        for n in range(1, 5):
            text = f"Beskriv proceduren for {title.lower()} nummer {n}."
            form.ask(sheet, [f"{k}.{n}", text, "MK"], "B", "D")


# Sheets whose answers are all given, as in the report of an audit.
ANSWERED: dict[str, Rows] = {
    "fourth_findings_with_the_response_of_the_management": [
        ["No", "Finding", "Recommendation", "Management response", "Due date"],
        *([n, f"Access to {area} was not reviewed.",
           f"The department should review access to {area} every quarter.",
           "Agreed. The review will start in June.", "2026-06-30"]
          for n, area in enumerate(AREAS[:8], 1)),
    ],
}  # fmt: skip
