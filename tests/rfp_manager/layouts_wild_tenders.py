"""Layouts of requirement matrices in public and private tenders."""

from tests.rfp_manager.layouts_wild import (
    ANY,
    DEMANDS,
    FRENCH,
    GERMAN,
    NOUNS,
    SECURITY,
    SPANISH,
    Form,
    choices,
    layout,
    paint,
)


@layout
def state_matrix_with_response_codes(form: Form) -> None:
    sheet = form.sheet("Technical Requirements")
    form.put(
        sheet,
        ["Attachment C - Technical Requirements Matrix"],
        [],
        ["Response codes:"],
        ["F", "Fully meets the requirement out of the box"],
        ["P", "Partially meets the requirement"],
        ["C", "Requires customization"],
        ["N", "Does not meet the requirement"],
        [],
    )
    head = form.put(
        sheet,
        ["Req. #", "Requirement Description", "Criticality", "Response Code (F/P/C/N)", "Comments"],
    )
    paint(sheet, head, 5)
    form.put(sheet, ["1.0", "GENERAL SYSTEM REQUIREMENTS"])
    first, last = form.ask_all(sheet, DEMANDS, lambda n, t: [f"1.{n}", t, "M"], "B", "D", "E")
    choices(sheet, f"D{first}:D{last}", "F,P,C,N")


@layout
def functional_list_of_nouns_with_codes(form: Form) -> None:
    sheet = form.sheet("Functional")
    form.put(
        sheet,
        ["ID", "Functional Area", "Functionality", "Priority", "Availability", "Vendor Comment"],
    )
    first, last = form.ask_all(
        sheet, NOUNS, lambda n, t: [f"FN-{n:03}", "Core", t, "Must have"], "C", "E", "F"
    )
    choices(sheet, f"E{first}:E{last}", "Standard,Configuration,Custom,Not available")


@layout
def matrix_with_must_should_and_weights(form: Form) -> None:
    sheet = form.sheet("Annex II Specifications")
    form.put(sheet, ["Annex II"], ["Compliance matrix to be completed by the tenderer"], [])
    form.put(sheet, ["Ref", "Requirement", "MUST/SHOULD", "Weight", "Compliance (Y/N)", "Remarks"])
    form.ask_all(
        sheet,
        DEMANDS + NOUNS[:4],
        lambda n, t: [f"TS-{n}", t, "MUST" if n % 2 else "SHOULD", 5 * n],
        "B",
        "E",
        "F",
    )


@layout
def bidders_statement_as_header(form: Form) -> None:
    sheet = form.sheet("Schedule 2")
    form.put(sheet, ["Schedule 2 - Specification"], [])
    form.put(sheet, ["Clause", "Specification", "Bidder's statement"])
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"2.{n}", t], "B", "C")


@layout
def respondent_to_complete_as_header(form: Form) -> None:
    sheet = form.sheet("Quality questions")
    form.put(
        sheet,
        [
            "Question number",
            "Evaluation criteria",
            "Weighting",
            "Word limit",
            "Respondent to complete",
        ],
    )
    form.ask_all(
        sheet,
        [
            "Please describe how you will mobilise the service in the first three months.",
            "Please set out your approach to social value and how it will be measured.",
            "How will you make sure that key staff remain available throughout the contract?",
            "Tell us about two contracts of similar size that you delivered in the last 3 years.",
        ],
        lambda n, t: [f"Q{n}", t, "25%", 500],
        "B",
        "E",
    )


@layout
def your_reply_left_of_the_question(form: Form) -> None:
    sheet = form.sheet("Requirements")
    form.put(sheet, ["Your reply", "Your remarks", "No.", "What we need to know"])
    form.ask_all(sheet, SECURITY[:7], lambda n, t: [None, None, n, t], "D", "A", "B")


@layout
def digital_marketplace_declaration(form: Form) -> None:
    sheet = form.sheet("Service definition")
    form.put(sheet, ["Lot 2: Cloud software"], [])
    form.put(sheet, ["Section", "Question", "Hint text", "Answer type", "Supplier answer"])
    texts = [
        "Service name",
        "Which deployment models do you offer?",
        "Maximum number of users",
        "Do you offer support by phone?",
        "What are your usual support hours?",
        "Can users export their data in an open format?",
    ]
    form.ask_all(
        sheet,
        texts,
        lambda n, t: [
            "About the service",
            t,
            "Your answer should be short. Do not include marketing text.",
            "Text (up to 100 words)",
        ],
        "B",
        "E",
    )


@layout
def german_matrix_with_must_and_points(form: Form) -> None:
    sheet = form.sheet("Leistungsverzeichnis")
    form.put(sheet, ["Leistungsverzeichnis Dokumentenmanagement"], ["Vergabenummer: 2026-17"], [])
    head = form.put(
        sheet,
        [
            "Pos.",
            "Anforderung",
            "Art (A/B)",
            "Gewichtung",
            "Max. Punkte",
            "Erfüllt (Ja/Nein)",
            "Erläuterung des Bieters",
        ],
    )
    paint(sheet, head, 7)
    form.put(sheet, ["1", "Allgemeine Anforderungen"])
    form.ask_all(
        sheet,
        [
            "Die Lösung muss eine rollenbasierte Rechteverwaltung bieten.",
            "Die Bedienoberfläche ist vollständig in deutscher Sprache verfügbar.",
            "Das System protokolliert alle Änderungen revisionssicher.",
            "Der Auftragnehmer stellt eine Hotline von 8 bis 18 Uhr bereit.",
            "Unterstützung von mindestens 200 gleichzeitigen Nutzern",
            "Die Daten werden ausschließlich in der EU gespeichert.",
        ],
        lambda n, t: [f"1.{n}", t, "A", 10, 40],
        "B",
        "F",
        "G",
    )


@layout
def german_supplier_questionnaire(form: Form) -> None:
    sheet = form.sheet("Lieferantenselbstauskunft")
    form.put(sheet, ["Lieferantenselbstauskunft"], ["Bitte füllen Sie alle gelben Felder aus."], [])
    form.put(sheet, ["Nr.", "Fragestellung", "ja", "nein", "Bemerkung / Nachweis"])
    form.put(sheet, ["A", "Qualitätsmanagement"])
    form.ask_all(sheet, GERMAN, lambda n, t: [f"A{n}", t], "B", "C|E")


@layout
def french_specification_with_response_columns(form: Form) -> None:
    sheet = form.sheet("CCTP")
    form.put(sheet, ["Cadre de réponse technique"], ["À compléter par le candidat"], [])
    form.put(
        sheet,
        [
            "N°",
            "Exigences fonctionnelles",
            "Priorité",
            "Conforme (O/N/P)",
            "Réponse du candidat",
            "Commentaires de l'acheteur",
        ],
    )
    form.ask_all(sheet, FRENCH, lambda n, t: [f"EF-{n}", t, "Obligatoire"], "B", "D|E")


@layout
def spanish_matrix_of_compliance(form: Form) -> None:
    sheet = form.sheet("Requisitos")
    form.put(sheet, ["Pliego de prescripciones técnicas"], [])
    form.put(
        sheet,
        [
            "Código",
            "Requisito",
            "Cumple (Sí/No)",
            "Descripción de la solución ofertada",
            "Puntuación",
        ],
    )
    form.ask_all(sheet, SPANISH, lambda n, t: [f"RT-{n}", t], "B", "C|D")


@layout
def italian_supplier_form(form: Form) -> None:
    sheet = form.sheet("Questionario")
    form.put(sheet, ["N.", "Domanda", "Risposta del fornitore", "Note"])
    form.ask_all(
        sheet,
        [
            "Il fornitore dispone di un sistema di gestione certificato?",
            "Descrivere le procedure di backup e ripristino.",
            "I dati sono conservati all'interno dell'Unione europea?",
            "Indicare i tempi di risposta garantiti dal servizio di assistenza.",
        ],
        lambda n, t: [n, t],
        "B",
        "C",
        "D",
    )


@layout
def dutch_program_of_requirements(form: Form) -> None:
    sheet = form.sheet("Programma van Eisen")
    form.put(sheet, ["Programma van eisen"], [], ["Nr", "Eis", "Akkoord (ja/nee)", "Toelichting"])
    form.ask_all(
        sheet,
        [
            "De oplossing moet voldoen aan de AVG.",
            "Opdrachtnemer levert maandelijks een rapportage over beschikbaarheid.",
            "Gebruikers kunnen inloggen met hun eigen organisatieaccount.",
            "De gegevens worden opgeslagen binnen de Europese Economische Ruimte.",
        ],
        lambda n, t: [f"E{n}", t],
        "B",
        "C",
        "D",
    )


@layout
def merged_category_cells_and_number_of_its_own(form: Form) -> None:
    sheet = form.sheet("RFP")
    form.put(sheet, ["Category", "No.", "Requirement", "Meets? (Yes/No/Partial)", "Explanation"])
    for n, text in enumerate(DEMANDS + SECURITY[:4]):
        form.ask(sheet, [f"Group {n // 4 + 1}" if n % 4 == 0 else None, n + 1, text], "C", "D", "E")
    for top in (2, 6, 10):
        sheet.merge_cells(f"A{top}:A{top + 3}")


@layout
def priority_tabs_with_price_sheet(form: Form) -> None:
    sheet = form.sheet("Vendor questions")
    form.put(sheet, ["#", "Topic", "Question for vendor", "Vendor's response"])
    form.ask_all(sheet, SECURITY[:6], lambda n, t: [n, "Hosting", t], "C", "D")
    price = form.sheet("Pricing")
    form.put(
        price,
        ["Item", "Description", "Quantity", "Unit price", "Total"],
        [1, "Licence for named users", 100, None, "=C2*D2"],
        [2, "Training, per day", 5, None, "=C3*D3"],
        [3, "Total", None, None, "=SUM(E2:E3)"],
    )


@layout
def compliance_statement_and_page_reference(form: Form) -> None:
    sheet = form.sheet("Compliance")
    form.put(
        sheet,
        [
            "RFP Section",
            "RFP Requirement",
            "Comply / Partially Comply / Do Not Comply",
            "Proposal page reference",
            "Exceptions taken",
        ],
    )
    form.ask_all(sheet, DEMANDS, lambda n, t: [f"3.{n}", t], "B", "C", ANY)


@layout
def use_cases_asking_for_narrative(form: Form) -> None:
    sheet = form.sheet("Narrative")
    form.put(sheet, ["Request for Information"], ["Instructions: type your narrative in column C."])
    form.put(sheet, ["Topic", "Prompt", "Vendor narrative"])
    form.ask_all(
        sheet,
        [
            "Company history, ownership and size",
            "Describe a comparable project and its outcome.",
            "Roadmap for the next 24 months",
            "How would you involve our staff during set-up?",
            "Approach to accessibility (WCAG 2.2)",
        ],
        lambda n, t: [f"Topic {n}", t],
        "B",
        "C",
    )


@layout
def header_repeated_before_each_section(form: Form) -> None:
    sheet = form.sheet("Tender")
    for part in range(3):
        row = form.put(sheet, [f"Part {part + 1}: Requirements for area {part + 1}"], bold=True)
        sheet.merge_cells(f"A{row}:E{row}")
        head = form.put(sheet, ["Ref", "Requirement", "Response", "Comment", "Score (0-5)"])
        paint(sheet, head, 5)
        texts = (DEMANDS + NOUNS)[part * 4 : part * 4 + 4]
        form.ask_all(sheet, texts, lambda n, t, p=part: [f"{p + 1}.{n}", t], "B", "C", "D")  # type: ignore[misc]
        form.put(sheet, [None, "Subtotal", None, None, "=SUM(E3:E6)"], [])
