"""Word questionnaires laid out as buyers really lay them out, each with what must be found."""

from collections.abc import Callable

from tests.rfp_manager.word_world import (
    BULLETS,
    NUMBERS,
    Form,
    cell,
    drop_down,
    old_box,
    paragraph,
    run,
    text_control,
    tick_box,
)

Build = Callable[[Form], None]
LAYOUTS: dict[str, Build] = {}

QUESTIONS = [
    "Do you encrypt customer data at rest?",
    "Describe how you manage encryption keys.",
    "How often are backups tested?",
    "Please list your data centre locations.",
    "Is multi-factor authentication enforced for administrators?",
    "Explain your process for reporting security incidents to customers.",
]
DEMANDS = [
    "The Supplier shall encrypt all personal data in transit and at rest.",
    "The Supplier shall notify the Authority of any security incident within 24 hours.",
    "The solution must support single sign-on with SAML 2.0.",
    "The Contractor must provide support on working days from 8:00 to 18:00.",
    "All administrative access must be logged for at least twelve months.",
]
YES_NO = ("Yes", "No")


def layout(build: Build) -> Build:
    LAYOUTS[build.__name__] = build
    return build


def make(name: str) -> Form:
    form = Form()
    LAYOUTS[name](form)
    return form


@layout
def question_table_under_headings(f: Form) -> None:
    f.p("Supplier Security Questionnaire", style="Title")
    f.p("Please complete all sections. Questions? Mail procurement@buyer.invalid.")
    for n, part in enumerate((QUESTIONS[:3], QUESTIONS[3:]), 1):
        f.h(f"Part {n}")
        rows = [[f"{n}.{k}", text, ""] for k, text in enumerate(part, 1)]
        name = f.t(["No.", "Question", "Supplier response"], *rows)
        for k, text in enumerate(part, 1):
            f.ask(name, k + 1, text, f"{name}!{k + 1},3", f"{n}.{k}")


@layout
def merged_banners_and_tall_section_cells(f: Form) -> None:
    f.h("Technical questionnaire")
    rows = [["Area", "Requirement", "Compliant (Y/N)", "Comments"]]
    for n, text in enumerate(DEMANDS):
        area = cell("Security", merge="top") if n == 0 else cell("", merge="on")
        rows.append([area, text, "", ""])
    rows.insert(3, [cell("Operations", span=4)])
    rows[4][0] = cell("Service", merge="top")
    name = f.t(*rows)
    for n, text in enumerate(DEMANDS):
        row = n + 2 + (n >= 2)
        f.ask(name, row, text, f"{name}!{row},3", "", ("Y", "N"))


@layout
def boxes_to_tick_in_the_answer_column(f: Form) -> None:
    rows = [[f"A{n}", text, "☐ Yes  ☐ No", ""] for n, text in enumerate(QUESTIONS, 1)]
    name = f.t(["Ref", "Question", "Answer", "Remarks"], *rows)
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"A{n}", YES_NO)


@layout
def drop_down_controls_in_cells(f: Form) -> None:
    listed = paragraph(inside=drop_down("Fully met", "Partly met", "Not met"))
    name = f.t(
        ["Requirement", "Status", "Explanation"],
        *([text, cell(listed), cell(paragraph(inside=text_control()))] for text in DEMANDS),
    )
    for n, text in enumerate(DEMANDS, 2):
        f.ask(name, n, text, f"{name}!{n},2", "", ("Fully met", "Partly met", "Not met"))


@layout
def numbers_counted_by_word_in_the_first_column(f: Form) -> None:
    f.h("Questions to bidders")
    number = cell(paragraph(num=(NUMBERS, 0)))
    name = f.t(["#", "Question", "Answer"], *([number, text, ""] for text in QUESTIONS))
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"{n}")


@layout
def numbered_questions_with_empty_paragraphs_below(f: Form) -> None:
    f.p("Request for Information", style="Title")
    f.p("We are a regional bank and would like to learn about your product.")
    f.h("Company")
    for n, text in enumerate(QUESTIONS[:3], 1):
        f.ask_line(text, num=(NUMBERS, 0), shown=str(n))
        f.p()
    f.h("Security")
    for n, text in enumerate(QUESTIONS[3:], 4):
        f.ask_line(text, num=(NUMBERS, 0), shown=str(n))
        f.p()


@layout
def answer_lines_marked_below_each_question(f: Form) -> None:
    f.p("Vendor questionnaire", style="Title")
    f.p("Please answer all questions below. Mark answers that are confidential.")
    f.bold("Information security")
    for n, text in enumerate(QUESTIONS, 1):
        row = f.p(f"{n}. {text}")
        f.ask("Text", row, f"{n}. {text}", f"Text!{row + 1},1", str(n))
        f.p("Response:")
        f.p()


@layout
def one_empty_box_below_each_question(f: Form) -> None:
    f.h("Method statements")
    f.p("Each answer must not exceed two pages.")
    for n, text in enumerate(QUESTIONS, 1):
        row = f.p(f"Q{n} {text}", run_properties="<w:b/>")
        f.ask("Text", row, f"Q{n} {text}", f"Text!{row},3", f"Q{n}")
        f.t([""])


@layout
def a_little_table_for_each_question(f: Form) -> None:
    f.h("Quality questions")
    for n, text in enumerate(QUESTIONS, 1):
        name = f.t([f"{n}", text], [cell("Answer:", span=2)], [cell("", span=2)])
        f.ask(name, 1, text, f"{name}!3,1|{name}!2,1", str(n))
        f.p()


@layout
def boxes_in_the_text_behind_each_question(f: Form) -> None:
    f.p("Self assessment", style="Title")
    for text in (QUESTIONS[0], QUESTIONS[4], "Are all staff trained every year?"):
        row = f.p(f"{text}  ☐ Yes   ☐ No")
        f.ask("Text", row, text, f"Text!{row},1", "", YES_NO)
        f.p("If no, please explain why.")


@layout
def controls_to_tick_on_the_line_below(f: Form) -> None:
    f.h("Compliance")
    for n, text in enumerate((QUESTIONS[0], QUESTIONS[4]), 1):
        row = f.p(text, num=(NUMBERS, 0))
        f.ask("Text", row, text, f"Text!{row + 1},1", str(n), YES_NO)
        f.p(inside=tick_box() + run(" Yes    ") + tick_box() + run(" No"))


@layout
def old_form_fields_to_tick(f: Form) -> None:
    f.h("Certificates")
    rows = []
    for text in (QUESTIONS[0], QUESTIONS[4], "Do you hold an ISO 27001 certificate?"):
        boxes = paragraph(inside=old_box() + run(" Yes ") + old_box() + run(" No"))
        rows.append([text, cell(boxes)])
    name = f.t(["Question", "Response"], *rows)
    for n, row in enumerate(rows, 2):
        f.ask(name, n, row[0], f"{name}!{n},2", "", YES_NO)


@layout
def prose_rfp_with_requirements_in_paragraphs(f: Form) -> None:
    f.p("Request for Proposals: Document Management System", style="Title")
    f.h("1. Background")
    f.p("The City of Exampleton was founded in 1820 and must manage more than 2 million files.")
    f.p("The current system has to be replaced because its maker will stop its support.")
    f.h("2. Scope of services")
    for text in DEMANDS[:2]:
        f.ask_line(text)
    f.p("The City will provide the server rooms.")
    f.h("3. Technical requirements")
    f.p("The system must:")
    for text in ("store documents in open formats", "keep an audit trail of all changes",
                 "support at least 500 users at the same time"):  # fmt: skip
        f.ask_line(text, num=(BULLETS, 0))
    f.ask_line(DEMANDS[4])
    f.h("4. Evaluation criteria")
    f.p("Proposals must score at least 60 points. The committee will rank all proposals.")
    f.p("Does the proposal show an understanding of the project?")
    f.h("5. Submission of proposals")
    f.p("Proposals must be submitted by e-mail to tenders@city.invalid before the deadline.")
    f.h("6. Terms and conditions")
    f.p("The Contractor shall indemnify the City against all claims.")


@layout
def proposal_contents_asked_in_lists(f: Form) -> None:
    f.h("Proposal requirements")
    f.p("The proposal must include the following:")
    for text in ("An overview of your company", "Three references from similar projects",
                 "A project plan with milestones"):  # fmt: skip
        f.ask_line(text, num=(BULLETS, 0))
    row = f.p("Describe your approach to data migration, including:", num=(NUMBERS, 0))
    f.p("mapping of old fields to new ones", num=(BULLETS, 1))
    f.p("tests before the switch", num=(BULLETS, 1))
    text = ("Describe your approach to data migration, including:\n"
            "• mapping of old fields to new ones\n• tests before the switch")  # fmt: skip
    f.ask("Text", row, text, f"Text!{row + 2},2", "1")


@layout
def fields_to_fill_on_lines(f: Form) -> None:
    f.h("Bidder details")
    for label in ("Legal name of the company", "Registered address", "VAT number"):
        row = f.p(f"{label}: ______________________")
        f.ask("Text", row, label, f"Text!{row},1")
    f.p("Date: ____________   Signature: ____________")


@layout
def german_catalogue_of_requirements(f: Form) -> None:
    f.h("Leistungsverzeichnis")
    texts = ["Das System muss eine Anmeldung über SAML 2.0 unterstützen.",
             "Der Auftragnehmer hat Störungen binnen vier Stunden zu beheben.",
             "Beschreiben Sie Ihr Konzept zur Datensicherung."]  # fmt: skip
    rows = [[f"{n}", text, "", ""] for n, text in enumerate(texts, 1)]
    name = f.t(["Nr.", "Anforderung", "Erfüllt (ja/nein)", "Bemerkung des Bieters"], *rows)
    for n, text in enumerate(texts, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"{n}", ("ja", "nein"))


@layout
def questions_styled_as_headings(f: Form) -> None:
    f.h("Security")
    for text in QUESTIONS[:3]:
        f.ask_line(text, style="Heading2")
        f.p()
    f.h("Operations")
    for text in QUESTIONS[3:]:
        f.ask_line(text, style="Heading2")
        f.p()


@layout
def a_contract_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Data Processing Agreement", style="Title")
    f.p("This Agreement is made between the parties named below (hereinafter the Parties).")
    for text in DEMANDS:
        f.p(text, num=(NUMBERS, 0))
    f.p("This Agreement shall be subject to the governing law of Exampleland.")


@layout
def a_white_paper_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Zero trust explained", style="Title")
    f.h("Why now?")
    f.p("Attackers must only succeed once. Companies should verify every request.")
    f.p("What does it mean? Every access must be checked, wherever it comes from.")
    f.t(["Year", "Incidents"], ["2023", "120"], ["2024", "180"])


@layout
def tables_that_go_on_without_their_header(f: Form) -> None:
    f.h("Questionnaire")
    first = f.t(["No", "Question", "Answer"],
                *([f"{n}", text, ""] for n, text in enumerate(QUESTIONS[:3], 1)))  # fmt: skip
    for n, text in enumerate(QUESTIONS[:3], 1):
        f.ask(first, n + 1, text, f"{first}!{n + 1},3", f"{n}")
    f.h("Requirements")
    second = f.t(*([f"{n}", text, ""] for n, text in enumerate(DEMANDS, 4)))
    for n, text in enumerate(DEMANDS, 1):
        f.ask(second, n, text, f"{second}!{n},3", f"{n + 3}")


@layout
def two_columns_without_a_header(f: Form) -> None:
    f.h("Supplier information")
    name = f.t(*([text, ""] for text in QUESTIONS))
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, n, text, f"{name}!{n},2")


@layout
def question_rows_and_answer_rows_in_turn(f: Form) -> None:
    f.h("Part B: your service")
    rows = []
    for n, text in enumerate(QUESTIONS, 1):
        rows += [[f"B{n}", text], ["", "[Insert response here]"]]
    name = f.t(*rows)
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, 2 * n - 1, text, f"{name}!{2 * n},2|{name}!{2 * n},1", f"B{n}")


@layout
def french_questionnaire_in_paragraphs(f: Form) -> None:
    f.p("Questionnaire fournisseur", style="Title")
    f.h("Sécurité")
    texts = ["Décrivez votre politique de sauvegarde.", "Disposez-vous d'une certification ISO 27001 ?",
             "Où sont hébergées les données de vos clients ?"]  # fmt: skip
    for n, text in enumerate(texts, 1):
        row = f.p(text, num=(NUMBERS, 0))
        f.ask("Text", row, text, f"Text!{row + 1},1", str(n))
        f.p("Réponse :")


@layout
def letters_below_numbered_questions(f: Form) -> None:
    f.h("Business continuity")
    row = f.p("Do you have a business continuity plan?", num=(NUMBERS, 0))
    f.ask("Text", row, "Do you have a business continuity plan?", f"Text!{row},2", "1")
    for letter, text in zip("ab", ("How often is it tested?", "Who approves it?"), strict=True):
        row = f.p(text, num=(NUMBERS, 2))
        f.ask("Text", row, text, f"Text!{row},2", f"{letter})")
    row = f.p("Describe your disaster recovery site.", num=(NUMBERS, 0))
    f.ask("Text", row, "Describe your disaster recovery site.", f"Text!{row},2", "2")


@layout
def hints_between_question_and_answer(f: Form) -> None:
    f.h("Award questions")
    for n, text in enumerate(QUESTIONS[:4], 1):
        row = f.p(f"Question {n}: {text}", run_properties="<w:b/>")
        f.p("Guidance: a good answer names people, dates and documents.")
        f.p("Maximum 500 words. Weighting 10 %.")
        f.ask("Text", row, f"Question {n}: {text}", f"Text!{row + 3},1", f"Question {n}")
        f.p(inside=text_control())


@layout
def matrix_with_columns_to_tick(f: Form) -> None:
    f.h("Requirements")
    rows = [[f"R{n}", text, "☐", "☐", "☐", ""] for n, text in enumerate(DEMANDS, 1)]
    name = f.t(["ID", "Requirement", "Yes", "Partly", "No", "Comments"], *rows)
    for n, text in enumerate(DEMANDS, 1):
        f.ask(
            name,
            n + 1,
            text,
            f"{name}!{n + 1},3|{name}!{n + 1},6",
            f"R{n}",
            ("Yes", "Partly", "No"),
        )


@layout
def tender_with_numbered_clauses(f: Form) -> None:
    f.p("Invitation to Tender", style="Title")
    f.bold("1. Introduction")
    f.p("1.1 The Council invites tenders for a waste collection system.")
    f.p("1.2 Tenderers must read this document carefully.")
    f.bold("2. Specification")
    for n, text in enumerate(DEMANDS, 1):
        row = f.p(f"2.{n} {text}")
        f.ask("Text", row, f"2.{n} {text}", f"Text!{row},2", f"2.{n}")
    f.p("2.6 The Council will provide access to its depot.")
    f.bold("3. Instructions to tenderers")
    f.p("3.1 Tenderers must submit one signed copy by noon on 3 May.")
    f.bold("4. Award")
    f.p("4.1 The contract will be awarded to the most advantageous tender.")


@layout
def a_table_of_contents_before_the_questions(f: Form) -> None:
    f.p("Security review", style="Title")
    for text in ("1 Access control\t3", "2 What about backups?\t5"):
        f.p(text, style="TOC1")
    f.h("1 Access control")
    for text in QUESTIONS[:3]:
        f.ask_line(text, num=(BULLETS, 0))
    f.h("2 What about backups?")
    for text in QUESTIONS[3:]:
        f.ask_line(text, num=(BULLETS, 0))


@layout
def an_answer_cell_with_its_label_inside(f: Form) -> None:
    f.h("Technical response")
    rows = []
    for n, text in enumerate(DEMANDS, 1):
        rows += [[cell(f"{n}.0 {text}", span=2)], [cell("Supplier Response:", span=2)]]
    name = f.t(*rows)
    for n, text in enumerate(DEMANDS, 1):
        f.ask(name, 2 * n - 1, f"{n}.0 {text}", f"{name}!{2 * n},1", f"{n}.0")


@layout
def an_agenda_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Kick-off meeting", style="Title")
    f.t(["Time", "Topic", "Who"], ["9:00", "Welcome", "Ann"], ["9:15", "Project plan", "Bo"])
    f.p("Please bring your laptop.")


@layout
def a_policy_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Information Security Policy", style="Title")
    for text in ("Employees must lock their screens.", "Passwords must have at least 14 characters.",
                 "Visitors must be accompanied at all times.",
                 "Suppliers must sign a confidentiality agreement."):  # fmt: skip
        f.p(text, num=(NUMBERS, 0))


@layout
def caiq_like_with_ids_and_yes_no_na_boxes(f: Form) -> None:
    f.bold("Application security")
    head = ["Control ID", "Assessment question", "Yes", "No", "N/A", "Explanation"]
    rows = [[f"AIS-0{n}", text, "", "", "", ""] for n, text in enumerate(QUESTIONS, 1)]
    name = f.t(head, *rows)
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"AIS-0{n}", ("Yes", "No", "N/A"))


@layout
def header_over_two_rows_with_merged_titles(f: Form) -> None:
    f.h("Requirements matrix")
    top = [cell("No.", merge="top"), cell("Requirement", merge="top"), cell("Bidder", span=2)]
    low = [cell("", merge="on"), cell("", merge="on"), "Compliance", "Comments"]
    name = f.t(top, low, *([f"{n}", text, "", ""] for n, text in enumerate(DEMANDS, 1)))
    for n, text in enumerate(DEMANDS, 1):
        f.ask(name, n + 2, text, f"{name}!{n + 2},3", f"{n}")


@layout
def spanish_demands_in_numbered_paragraphs(f: Form) -> None:
    f.p("Pliego de requisitos técnicos", style="Title")
    f.h("Requisitos")
    for n, text in enumerate(
        ("El proveedor deberá cifrar los datos en reposo.",
         "El sistema debe permitir la autenticación multifactor.",
         "El contratista deberá notificar los incidentes en 24 horas."), 1):  # fmt: skip
        f.ask_line(text, num=(NUMBERS, 0), shown=str(n))


@layout
def interview_form_with_underlines_below(f: Form) -> None:
    f.p("Due diligence questionnaire", style="Title")
    f.bold("A. Organisation")
    for n, text in enumerate(QUESTIONS[:3], 1):
        row = f.p(f"A.{n} {text}")
        f.ask("Text", row, f"A.{n} {text}", f"Text!{row + 1},1", f"A.{n}")
        f.p("_________________________________________")
        f.p("_________________________________________")
    f.bold("B. Security")
    for n, text in enumerate(QUESTIONS[3:], 1):
        row = f.p(f"B.{n} {text}")
        f.ask("Text", row, f"B.{n} {text}", f"Text!{row + 1},1", f"B.{n}")
        f.p("_________________________________________")
        f.p("_________________________________________")


@layout
def long_rfp_where_a_form_follows_the_prose(f: Form) -> None:
    f.p("Request for Proposals", style="Title")
    f.h("1 About us")
    f.p("We are a utility. Our customers must be able to rely on us.")
    f.h("2 Instructions")
    f.p("Bidders must return this form by 1 June. Do not change its layout.", num=(NUMBERS, 0))
    f.p("Please answer in English.", num=(NUMBERS, 0))
    f.h("3 Questionnaire")
    rows = [[f"3.{n}", text, ""] for n, text in enumerate(QUESTIONS, 1)]
    name = f.t(["Ref.", "Question", "Bidder’s answer"], *rows)
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"3.{n}")
    f.h("4 Declaration")
    f.p("We declare that our answers are true.")
    f.t(["Name:", ""], ["Signature:", ""], ["Date:", ""])


@layout
def requirement_list_without_any_room(f: Form) -> None:
    f.h("Mandatory requirements")
    name = f.t(["ID", "Requirement"], *([f"M{n}", text] for n, text in enumerate(DEMANDS, 1)))
    for n, text in enumerate(DEMANDS, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", f"M{n}")


@layout
def a_questionnaire_inside_one_big_frame(f: Form) -> None:
    texts = [f"{n}. {text}" for n, text in enumerate(QUESTIONS, 1)]
    inside = "".join(paragraph(text) + paragraph("Answer:") for text in texts)
    f.pieces.append(f"<w:tbl><w:tblPr/><w:tblGrid/><w:tr>{cell(inside)}</w:tr></w:tbl>")
    for n, text in enumerate(texts, 1):
        f.ask("Text", 2 * n - 1, text, f"Text!{2 * n},1", str(n))


@layout
def a_letter_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Dear supplier,")
    f.p("thank you for your proposal. Would you be available for a call next week?")
    f.p("You will find the agenda attached. Please confirm the date by Friday.")
    f.p("Kind regards")


@layout
def meeting_minutes_are_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.h("Minutes")
    for text in ("Ann presented the budget.", "Who will update the plan? Bo will do it.",
                 "The supplier must send the report by Monday."):  # fmt: skip
        f.p(text, num=(BULLETS, 0))
    f.t(["Action", "Owner", "Due"], ["Send the report", "Bo", "Monday"])


@layout
def a_heading_that_leads_a_list(f: Form) -> None:
    f.p("Request for Quotation: cleaning services", style="Title")
    f.h("Introduction")
    f.p("The University invites quotations. Suppliers should read all sections.")
    f.h("Scope of work")
    f.ask_line("The Contractor shall clean all offices daily.")
    f.p("The University will provide storage space.")
    f.ask_line("Staff must wear identification at all times.")
    f.h("Payment")
    f.p("The University will pay within 30 days. The Contractor shall submit monthly invoices.")
    f.h("Your quotation should include")
    for text in ("A price per hour", "Two references"):
        f.ask_line(text, num=(BULLETS, 0))


@layout
def controls_around_whole_cells(f: Form) -> None:
    f.h("Checklist")
    prompt = cell(paragraph("Click or tap here to enter text."))
    control = (
        "<w:sdt><w:sdtPr><w:showingPlcHdr/><w:text/></w:sdtPr>"
        f"<w:sdtContent>{prompt}</w:sdtContent></w:sdt>"
    )
    rows = [[f"{n}", text, control] for n, text in enumerate(QUESTIONS, 1)]
    name = f.t(["#", "Item", "Response"], *rows)
    for n, text in enumerate(QUESTIONS, 1):
        f.ask(name, n + 1, text, f"{name}!{n + 1},3", str(n))


@layout
def a_labelled_box_below_each_question(f: Form) -> None:
    f.h("Section A")
    for n, text in enumerate(QUESTIONS[:4], 1):
        f.p(f"A{n} Topic {n}", style="Heading2")
        row = f.p(text)
        f.ask("Text", row, text, f"Text!{row},3")
        f.t(["Bidder response:", ""])


# Registers the layouts of the other file; at the end, because it uses what stands above.
from tests.rfp_manager import (  # noqa: E402, F401
    layouts_fourth_word,
    layouts_strangers_word,
    layouts_third_blind_word,
    layouts_third_offices,
    layouts_third_word,
)
