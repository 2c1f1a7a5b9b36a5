"""Word forms and texts by a fourth stranger to the rules; the texts are made up here."""

from tests.rfp_manager.layouts_third_texts import ASKS, MUSTS
from tests.rfp_manager.layouts_word import layout
from tests.rfp_manager.word_world import NUMBERS, Form, cell, table


@layout
def fourth_headings_that_ask_and_demand(f: Form) -> None:
    f.p("Pliego: cuestionario técnico", style="Title")
    for title, texts in (
        ("Organización", ["¿Dispone la empresa de un plan de continuidad?",
                          "Describa el procedimiento de gestión de incidentes."]),
        ("Tecnología", ["El adjudicatario deberá presentar informes mensuales de actividad.",
                        "El sistema debe permitir la firma electrónica de documentos.",
                        "¿Se cifran los datos en tránsito y en reposo?"]),
    ):  # fmt: skip
        f.h(title)
        for text in texts:
            row = f.p(text, style="Heading2")
            f.p()
            f.ask("Text", row, text, f"Text!{row + 1},1")


@layout
def fourth_a_card_with_two_lines_for_answers(f: Form) -> None:
    f.h("Technical response schedule")
    for n, text in enumerate(MUSTS[:6], 1):
        name = f.t(["Requirement no.", f"TR-{n}"], ["Requirement", text],
                   ["Compliance (Yes / No / Partial)", ""], ["Bidder's response", ""])  # fmt: skip
        f.p()
        f.ask(name, 2, text, f"{name}!3,2", f"TR-{n}", ("Yes", "No", "Partial"))


@layout
def fourth_cards_inside_of_a_table(f: Form) -> None:
    f.h("Formulaire de réponse")
    cards = [table(["Question", text], ["Réponse", ""]) for text in ASKS[:4]]
    f.t(*([cell(f"<w:p/>{card}<w:p/>")] for card in cards))
    for n, text in enumerate(ASKS[:4], 2):
        f.ask(f"Table {n}", 1, text, f"Table {n}!2,2")


@layout
def fourth_help_between_a_numbered_question_and_its_box(f: Form) -> None:
    f.p("Bid form", style="Title")
    for n, text in enumerate(ASKS[:6], 1):
        row = f.p(f"Q{n}. {text}")
        f.p("Give facts and figures where you can. Maximum 300 words.")
        f.t([""])
        f.ask("Text", row, f"Q{n}. {text}", f"Text!{row + 1},3", f"Q{n}")


@layout
def fourth_numbered_question_that_sounds_like_a_note(f: Form) -> None:
    texts = ["4.1 Do you hold a certificate? [If yes, skip the remaining questions.]",
             "4.2 Is the site cleared? If not, proceed to the next section.",
             "4.3 If the law forbids it, please note that and name the sites."]  # fmt: skip
    for text in texts:
        row = f.p(text)
        f.p("Vendor response:")
        f.ask("Text", row, text, f"Text!{row + 1},1", text[:3])


@layout
def fourth_a_box_in_each_line_below(f: Form) -> None:
    f.p("Supplier survey", style="Title")
    for n, text in enumerate(ASKS[:5], 1):
        row = f.p(f"{n}. {text}")
        for choice in ("Yes", "Partly", "No"):
            f.p(f"☐ {choice}")
        f.p("Comments: ______________________")
        f.ask("Text", row, f"{n}. {text}", f"Text!{row + 1},1", str(n), ("Yes", "Partly", "No"))


@layout
def fourth_a_demand_between_the_points_that_ask(f: Form) -> None:
    f.p("Richiesta di informazioni", style="Title")
    f.p("La Regione intende rinnovare il sistema di protocollo.")
    f.h("Quesiti")
    for n, text in enumerate(
        [
            "Con quale frequenza vengono eseguiti i test di ripristino?",
            "Il sistema dovrà essere integrato con il protocollo dell'ente.",
            "Allegare il curriculum del responsabile di progetto.",
            "È stato nominato un responsabile della protezione dei dati?",
        ],
        1,
    ):
        f.ask_line(text, num=(NUMBERS, 0), shown=str(n))


@layout
def fourth_agenda_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.h("Workshop")
    f.t(["Time", "Topic", "Lead"], ["09:00", "Where do we stand today?", ""],
        ["10:00", "What do customers expect?", ""], ["11:00", "How do we go on?", ""])  # fmt: skip


@layout
def fourth_letter_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Dear Ms Novak,")
    f.p("thank you for your letter. Could you please send us the signed copy?")
    f.p("What about lunch on the second day?")
    f.p("Kind regards")


@layout
def fourth_own_rules_are_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Acceptable use policy", style="Title")
    f.p("This policy applies to all employees, contractors and visitors of the company.")
    for text in ("Employees must choose passwords of at least twelve characters.",
                 "Managers shall make sure that access is removed on the last day.",
                 "Lost devices shall be reported to the help desk within one hour.",
                 "Who can you ask? The security officer answers your questions."):  # fmt: skip
        f.p(text)


@layout
def fourth_answered_questions_are_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Pumps for every purpose", style="Title")
    for text in ("What is new this year?", "How do you order?", "Which size fits you best?"):
        f.h(text)
        f.p("The series comes with a digital sensor and a guarantee of two years.")


@layout
def fourth_guide_for_users_is_no_questionnaire(f: Form) -> None:
    f.asks = False
    f.p("Ticket system", style="Title")
    for title in ("Logging in", "Creating a ticket", "Reports", "Export"):
        f.h(title)
        f.p("Open the start page. The list shows what is assigned to your group.")
        f.p("You must change your password at the first log-in.")
        f.p("Select the language in the upper right corner of the window.")
        f.p("The window closes by itself after ten minutes.")
