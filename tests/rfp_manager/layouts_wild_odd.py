"""Layouts that make reading hard: no usual words, several tables, answers in odd places."""

from tests.rfp_manager.layouts_wild import DEMANDS, NOUNS, PRIVACY, SECURITY, Form, choices, layout


@layout
def answer_lines_below_each_question(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(sheet, ["Please answer all questions below."], [])
    for n, text in enumerate(SECURITY[:6], 1):
        form.ask(sheet, [f"{n}.", text], "B", "B+1|C+1")
        form.put(sheet, [None, "Answer:"], [])


@layout
def several_tables_with_different_columns(form: Form) -> None:
    sheet = form.sheet("All in one")
    form.put(sheet, ["A. Company"], ["Question", "Answer"])
    form.ask_all(
        sheet,
        ["Registered name", "Registration number", "Year of foundation"],
        lambda n, t: [t],
        "A",
        "B",
    )
    form.put(sheet, [], ["B. Technical"], ["No.", "Requirement", "Compliant?", "Comments"])
    form.ask_all(sheet, DEMANDS[:5], lambda n, t: [f"B{n}", t], "B", "C", "D")
    form.put(sheet, [], ["C. Privacy"], ["Ref", "Area", "Question", "Response", "Evidence"])
    form.ask_all(sheet, PRIVACY, lambda n, t: [f"C{n}", "Data", t], "C", "D", "E")


@layout
def many_tabs_with_the_same_header(form: Form) -> None:
    for number in range(1, 8):
        sheet = form.sheet(f"{number} Area {number}")
        form.put(sheet, [f"Area {number}"], [f"Purpose: how area {number} is run."], [])
        form.put(sheet, ["Q No", "Question", "Y/N/NA", "Comments", "Attachment"])
        form.ask_all(
            sheet,
            SECURITY[number : number + 4],
            lambda n, t, x=number: [f"{x}.{n}", t],  # type: ignore[misc]
            "B",
            "C",
            "D",
        )


@layout
def only_one_question_per_sheet(form: Form) -> None:
    for number, text in enumerate(PRIVACY[:3], 1):
        sheet = form.sheet(f"Topic {number}")
        form.put(sheet, ["Ref", "Question", "Response"])
        form.ask(sheet, [number, text], "B", "C")


@layout
def table_that_starts_far_from_the_corner(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, *([] for _ in range(14)))
    form.put(sheet, [None] * 4 + ["Ref", "Query", "Supplier's answer", "Supplier's comments"])
    form.ask_all(sheet, SECURITY[:6], lambda n, t: [None] * 4 + [f"{n:03}", t], "F", "G", "H")


@layout
def header_texts_with_instructions_in_them(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(
        sheet,
        [
            "ID\n(do not change)",
            "Question\n(as asked by the regulator)",
            "Response\nSelect Yes, No or N/A from the list. If the answer differs by service, "
            "choose the weaker one.",
            "Comments\nMandatory where the response is No. Please do not "
            "enter links to internal pages.",
        ],
    )
    first, last = form.ask_all(sheet, SECURITY, lambda n, t: [f"Q-{n}", t], "B", "C", "D")
    choices(sheet, f"C{first}:C{last}", "Yes,No,N/A")


@layout
def status_and_owner_columns_of_the_buyer(form: Form) -> None:
    sheet = form.sheet("Tracker")
    form.put(
        sheet,
        [
            "ID",
            "Date raised",
            "Raised by",
            "Question",
            "Supplier response",
            "Date answered",
            "Status",
            "Owner",
        ],
    )
    form.ask_all(
        sheet,
        SECURITY,
        lambda n, t: [n, "2026-03-01", "J. Smith", t, None, None, "Open", "Procurement"],
        "D",
        "E",
    )


@layout
def clarifications_with_answers_of_the_buyer(form: Form) -> None:
    sheet = form.sheet("Questions")
    form.put(
        sheet,
        [
            "Line",
            "Requirement text",
            "Buyer's explanation",
            "Vendor reply (max 1000 characters)",
            "Vendor attachment",
        ],
    )
    form.ask_all(
        sheet,
        DEMANDS,
        lambda n, t: [n, t, "This is needed because our auditor asks for it every year."],
        "B",
        "D",
        "E",
    )


@layout
def partly_answered_form(form: Form) -> None:
    sheet = form.sheet("Assessment")
    form.put(sheet, ["#", "Question", "Response", "Comments"])
    form.ask_all(
        sheet,
        SECURITY,
        lambda n, t: [
            n,
            t,
            "Yes" if n % 2 else None,
            "We test this every quarter." if n % 3 else None,
        ],
        "B",
        "C",
        "D",
    )


@layout
def numbers_without_dots_and_letters_below(form: Form) -> None:
    sheet = form.sheet("Part 1")
    form.put(sheet, ["No.", "Question", "Response"])
    form.put(sheet, [1, "Backup and recovery"])
    form.ask_all(sheet, SECURITY[:3], lambda n, t: ["abc"[n - 1], t], "B", "C")
    form.put(sheet, [2, "Access management"])
    form.ask_all(sheet, SECURITY[3:6], lambda n, t: ["abc"[n - 1], t], "B", "C")


@layout
def short_fields_with_colons(form: Form) -> None:
    sheet = form.sheet("Company profile")
    form.put(sheet, ["Company information", "Response"])
    form.ask_all(
        sheet,
        [
            "Legal entity name:",
            "Registered address:",
            "VAT number:",
            "Number of employees:",
            "Name of the parent company:",
        ],
        lambda n, t: [t],
        "A",
        "B",
    )
    form.put(sheet, [])
    form.put(sheet, ["Security questions", "Response"])
    form.ask_all(sheet, SECURITY[:5], lambda n, t: [t], "A", "B")


@layout
def wide_matrix_with_one_column_per_product(form: Form) -> None:
    sheet = form.sheet("Products")
    form.put(sheet, ["Requirement", "Product A response", "Product B response", "Comments"])
    form.ask_all(sheet, DEMANDS, lambda n, t: [t], "A", "B", "D")


@layout
def placeholders_in_the_answer_cells(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Number", "Question", "Supplier response"])
    form.ask_all(sheet, SECURITY, lambda n, t: [n, t, "[Enter your response here]"], "B", "C")


@layout
def drop_downs_that_say_please_select(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Number", "Question", "Select", "Free text"])
    first, last = form.ask_all(sheet, SECURITY, lambda n, t: [n, t, "Please select"], "B", "C", "D")
    choices(sheet, f"C{first}:C{last}", "Please select,Yes,No")


@layout
def formula_numbers_and_counters(form: Form) -> None:
    sheet = form.sheet("Form")
    form.put(sheet, ["Answered:", "=COUNTA(C5:C99)", "of", 12], [])
    form.put(sheet, ["#", "Capability", "Response", "Comment"])
    form.ask_all(sheet, NOUNS, lambda n, t: [f"=ROW()-{3}", t], "B", "C", "D")


@layout
def long_form_with_many_rows(form: Form) -> None:
    from tests.rfp_manager.layouts_wild import cycle

    sheet = form.sheet("Long")
    form.put(sheet, ["Control ref", "Control question", "Supplier answer", "Supplier comment"])
    form.ask_all(sheet, list(cycle(SECURITY, 150)), lambda n, t: [f"C-{n:03}", t], "B", "C", "D")
