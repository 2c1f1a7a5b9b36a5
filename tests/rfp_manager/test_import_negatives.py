"""Files that travel with an RFP but ask nothing are told apart from questionnaires."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from rfp_manager.importing import QuestionnaireRefused, read_questionnaire

Rows = list[list[Any]]

NEGATIVES: dict[str, Rows] = {
    "agenda": [
        ["Time", "Topic", "Speaker"], ["09:00", "Welcome and introductions", "A. Smith"],
        ["09:15", "How will the project be run?", "B. Jones"], ["10:00", "Break", ""],
        ["10:15", "What are the next steps?", "All"],
    ],
    "staff list": [
        ["Name", "Role", "E-mail", "Phone"], ["Ann Lee", "Account manager", "a@example.com", "1"],
        ["Bo Chan", "Engineer", "b@example.com", "2"], ["Cy Diaz", "Support", "c@example.com", "3"],
    ],
    "price sheet": [
        ["Pos", "Description", "Quantity", "Unit", "Unit price", "Total"],
        [1, "Licence per named user and year", 500, "piece", None, "=C2*E2"],
        [2, "Please state the price of training per day", 10, "day", None, "=C3*E3"],
        [3, "Support, must include weekends", 12, "month", None, "=C4*E4"],
        ["", "Total", "", "", "", "=SUM(F2:F4)"],
    ],
    "contract terms": [
        ["Clause", "Text"], ["1.1", "The Supplier shall deliver the Services."],
        ["1.2", "The Customer shall pay within 30 days of the invoice."],
        ["2.1", "Neither party shall disclose confidential information."],
        ["2.2", "This agreement is governed by the law of Ireland."],
    ],
    "terms in one column": [
        ["General terms and conditions"], ["1. The supplier shall deliver on time."],
        ["2. The customer shall pay on time."], ["3. Disputes must be settled in court."],
    ],
    "timetable": [
        ["Step", "Date"], ["Publication of the tender", "2026-01-10"],
        ["Deadline for questions", "2026-02-01"], ["Award", "2026-04-01"],
    ],
    "inventory": [
        ["Asset", "Serial", "Location", "Status"], ["Laptop 14", "X1", "Berlin", "in use"],
        ["Printer", "P7", "Paris", "broken"], ["Server", "S9", "Rome", "in use"],
    ],
    "project plan": [
        ["ID", "Task", "Start", "End", "Responsible", "Status"],
        [1, "Set up environments", "2026-01-01", "2026-02-01", "Vendor", "open"],
        [2, "Migrate data", "2026-02-01", "2026-03-01", "Vendor", "open"],
        [3, "Train users", "2026-03-01", "2026-04-01", "Customer", "open"],
    ],
    "change log": [
        ["Version", "Date", "Author", "Description of change"],
        ["1.0", "2025-01-01", "AB", "First version"],
        ["1.1", "2025-02-01", "CD", "Questions about backup added"],
        ["1.2", "2025-03-01", "CD", "Answers must now be given in English"],
    ],
    "glossary": [
        ["Term", "Definition"], ["Bidder", "A party that shall submit an offer"],
        ["Authority", "The body that must award the contract"],
        ["Service", "What the supplier has to provide"],
    ],
    "measurements": [["t", "x", "y"], *([n, n * 1.5, n * n] for n in range(20))],
    "survey results": [
        ["Question", "Yes", "No", "Share"], ["Are you content?", 40, 10, 0.8],
        ["Would you buy again?", 30, 20, 0.6], ["Is support fast?", 45, 5, 0.9],
    ],
    "translations": [
        ["Key", "English", "Deutsch"], ["greeting", "How are you?", "Wie geht es Ihnen?"],
        ["bye", "See you soon", "Bis bald"], ["ask", "What is your name?", "Wie heißen Sie?"],
    ],
    "action list": [
        ["No", "Action", "Owner", "Due", "Status"],
        [1, "Send the contract to legal", "AB", "2026-01-01", "done"],
        [2, "Confirm the date of the workshop", "CD", "2026-01-05", "open"],
        [3, "Provide access to the test system", "EF", "2026-01-09", "open"],
    ],
    "invoice": [
        ["Invoice 4711"], ["Please pay within 14 days."], [],
        ["Item", "Amount"], ["Consulting in May", 4200], ["Travel", 300], ["Total", 4500],
    ],
    "letter": [
        ["Dear supplier,"], ["we invite you to take part in our tender."],
        ["Please send your offer by 1 March."], ["Kind regards"],
    ],
    "risk register": [
        ["ID", "Risk", "Likelihood", "Impact", "Mitigation", "Owner"],
        [1, "The vendor may fail to deliver", "M", "H", "Weekly reviews", "PMO"],
        [2, "Users may not accept the system", "L", "H", "Training", "HR"],
        [3, "Data must not be lost in migration", "L", "H", "Test runs", "IT"],
    ],
    "service levels": [
        ["Priority", "Description", "Response time", "Resolution time"],
        ["P1", "The service is down", "15 minutes", "4 hours"],
        ["P2", "A function does not work", "1 hour", "8 hours"],
        ["P3", "Anything else", "1 day", "10 days"],
    ],
    "instructions": [
        ["Instructions"], ["1. Please complete all sheets."], ["2. Do not change the layout."],
        ["3. Answers must be given in English."], ["4. Return the file by 1 March."],
    ],
    "bill of quantities in German": [
        ["Pos.", "Leistung", "Menge", "Einheit", "EP in EUR", "GP in EUR"],
        ["1", "Lizenzen je Nutzer", 100, "Stück", None, "=C2*E2"],
        ["2", "Schulung vor Ort, muss am Standort erfolgen", 5, "Tag", None, "=C3*E3"],
        ["3", "Wartung", 12, "Monat", None, "=C4*E4"],
    ],
    "field list": [
        ["Field", "Description", "Type", "Required"],
        ["id", "The number of the customer", "int", "Yes"],
        ["name", "Must be given in capitals", "text", "Yes"],
        ["mail", "Should be checked for a valid form", "text", "No"],
    ],
    "rate card to fill in": [
        ["Role", "Level", "Hourly rate (EUR)", "Daily rate (EUR)"],
        ["Project manager", "Senior", None, None], ["Developer", "Senior", None, None],
        ["Developer", "Junior", None, None], ["Tester", "Junior", None, None],
    ],
    "team to fill in": [
        ["Name", "Role", "Years of experience", "Certificates"],
        [None, "Project manager", None, None], [None, "Architect", None, None],
        [None, "Developer", None, None],
    ],
    "test cases done": [
        ["ID", "Test case", "Steps", "Expected result", "Actual result", "Status"],
        [1, "Login", "Enter the user name and password", "The user is logged in", "As expected", "Pass"],
        [2, "Logout", "Click on the button", "The user is logged out", "As expected", "Pass"],
        [3, "Search", "Enter a word", "The results are listed", "Nothing shown", "Fail"],
    ],
    "training plan": [
        ["Module", "Content", "Duration", "Trainer"], ["1", "What is phishing?", "1 h", "AB"],
        ["2", "How do we report incidents?", "2 h", "CD"],
        ["3", "Who is responsible?", "1 h", "AB"],
    ],
    "FAQ headerless prose": [
        ["Frequently asked"], ["How do I log in?"], ["Use your company account and the token."],
        ["Where do I find help?"], ["Ask the service desk by phone or mail."],
    ],
    "vendor list": [
        ["Vendor", "Category", "Contact", "Contract until", "Remarks"],
        ["Alpha Ltd", "IT", "a@x.org", "2027-01-01", "must be renewed in time"],
        ["Beta GmbH", "Facility", "b@x.org", "2026-01-01", ""],
        ["Gamma SA", "IT", "c@x.org", "2028-05-01", ""],
    ],
    "budget": [
        ["Cost centre", "Budget 2025", "Budget 2026", "Comment"],
        ["IT", 100, 120, "more licences"], ["HR", 50, 50, ""], ["Legal", 20, 30, "new contract"],
    ],
    "meeting minutes": [
        ["Minutes of the meeting"], ["Present: A, B, C"], ["1. The project shall start in May."],
        ["2. B will send the list."], ["3. Should the date change, all must be told."],
    ],
    "policies text": [
        ["Password policy"], ["Passwords must have 12 characters."],
        ["Passwords must not be shared."], ["Accounts are locked after 5 attempts."],
        ["Users should report incidents."],
    ],
    "org chart": [
        ["Department", "Head", "Deputy"], ["IT", "A. Lee", "B. Chan"], ["HR", "C. Diaz", "D. Ek"],
    ],
    "holiday list": [
        ["Date", "Holiday"], ["2026-01-01", "New Year"], ["2026-12-25", "Christmas"],
    ],
    "incident log": [
        ["No", "Date", "Description", "Severity", "Resolution", "Closed"],
        [1, "2026-01-01", "Mail server did not respond", "High", "Restarted", "Yes"],
        [2, "2026-02-01", "Users could not log in", "High", "Certificate renewed", "Yes"],
        [3, "2026-03-01", "Slow search", "Low", "Index rebuilt", "Yes"],
    ],
    "cost form": [
        ["Cost form"], [], ["Description", "One-time cost", "Annual cost", "Notes"],
        ["Software licences", "", "", ""], ["Implementation", "", "", ""],
        ["Training", "", "", ""], ["Hosting", "", "", ""],
        ["Total", "=SUM(B4:B7)", "=SUM(C4:C7)", ""],
    ],
    "reading list": [
        ["Title", "Author", "Year"], ["How to win", "A", "1990"],
        ["What is security?", "B", "2000"], ["Why we fail", "C", "2010"],
    ],
    "checklist done": [
        ["Nr", "Aufgabe", "Zuständig", "Erledigt"], [1, "Vertrag prüfen", "AB", "ja"],
        [2, "Angebote einholen", "CD", "ja"], [3, "Lieferant bewerten", "EF", "nein"],
    ],
    "evaluation result": [
        ["Criterion", "Weight", "Vendor A", "Vendor B"], ["Price", 40, 8, 7],
        ["Quality", 30, 6, 9], ["Support", 30, 7, 7],
    ],
    "role matrix": [
        ["Task", "R", "A", "C", "I"], ["Approve design", "CIO", "CEO", "PM", "All"],
        ["Provide test data", "IT", "CIO", "QA", "PM"],
        ["Confirm go-live", "PM", "CIO", "IT", "All"],
    ],
    "data export": [["id", "created", "amount"], *([n, "2026-01-01", n * 3] for n in range(30))],
    "German law text": [
        ["§", "Wortlaut"], ["1", "Der Auftragnehmer hat die Leistung zu erbringen."],
        ["2", "Der Auftraggeber muss binnen 30 Tagen zahlen."],
        ["3", "Änderungen bedürfen der Schriftform."],
    ],
    "address block": [
        ["Name:", "ACME"], ["Street:", "Main 1"], ["City:", "Rome"],
    ],
    "empty invoice": [
        ["Invoice No", "", "Date", ""], ["Pos", "Article", "Qty", "Price", "Amount"],
        [1, "Please order", "", ""], [2, "", "", ""],
    ],
    "lookup": [
        ["Yes"], ["No"], ["Partially"], ["N/A"],
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NEGATIVES)
def test_it_is_said_that_nothing_is_asked(name: str, tmp_path: Path) -> None:
    book = Workbook()
    for row in NEGATIVES[name]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(QuestionnaireRefused, match="does not look like a questionnaire"):
        read_questionnaire(tmp_path / "book.xlsx", filename="book.xlsx")
