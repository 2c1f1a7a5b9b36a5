"""Sheets with empty columns that nevertheless ask a bidder nothing; the contents are made up."""

from typing import Any

SILENT: dict[str, list[list[Any]]] = {
    "risk register with open columns": [
        ["Risk ID", "Risk description", "Likelihood", "Impact", "Mitigation", "Risk owner"],
        ["R1", "Loss of key staff", 3, 4, "Cross training", ""],
        ["R2", "Late delivery of hardware", 2, 3, "Early order", ""],
        ["R3", "Data migration takes longer", 3, 3, "Trial runs", ""],
        ["R4", "Users reject the new process", 2, 4, "Change network", ""],
    ],
    "list of deliverables": [
        ["No.", "Deliverable", "Format", "Due date", "Delivered on"],
        [1, "Project management plan", "PDF", "2026-02-01", ""],
        [2, "Test concept for all modules", "PDF", "2026-03-01", ""],
        [3, "Training material for users", "PPT", "2026-04-01", ""],
        [4, "Final report of the project", "PDF", "2026-06-01", ""],
    ],
    "attendance list": [
        ["Name", "Company", "Signature"], ["Ann Lee Miller", "Acme", ""],
        ["Bo Chan Smith", "Acme", ""], ["Cy Diaz Jones", "Beta", ""], ["Di Evans", "Beta", ""],
    ],
    "meeting minutes with actions": [
        ["Topic", "Discussion", "Action", "Who", "Until"],
        ["Project budget", "The budget was approved.", "", "", ""],
        ["Staff training", "Training starts in May.", "Book rooms", "Ann", "2026-04-01"],
        ["Office move", "The move is late.", "", "", ""],
        ["New vendor", "A tender shall be published.", "Write RFP", "Bo", "2026-05-01"],
    ],
    "bill of quantities": [
        ["Item", "Description of works", "Qty", "Unit", "Rate", "Amount"],
        ["1.1", "Excavate and remove soil", 100, "m3", "", ""],
        ["1.2", "Supply and lay concrete slab", 50, "m2", "", ""],
        ["1.3", "Install drainage pipe", 80, "m", "", ""],
        ["1.4", "Supply and fit gate valve", 4, "pcs", "", ""],
    ],
    "inventory with room for remarks": [
        ["Asset no.", "Asset description", "Location", "Counted"],
        ["1001", "Laptop Model A 14 inch", "Berlin", ""], ["1002", "Laser printer colour", "Paris", ""],
        ["1003", "Rack server with 2 CPUs", "Rome", ""], ["1004", "Projector in room 4", "Rome", ""],
    ],
    "address list": [
        ["Department", "Street", "City", "Phone"], ["Human resources", "Main street 1", "Berlin", ""],
        ["Internal audit", "Side street 2", "Berlin", ""], ["Legal affairs", "High road 3", "Bonn", ""],
        ["Public relations", "Low road 4", "Bonn", ""],
    ],
    "budget by months": [
        ["Cost centre", "Jan", "Feb", "Mar"], ["Travel and hotels", "", "", ""],
        ["Office supplies", "", "", ""], ["External advice", "", "", ""],
        ["Software licences", "", "", ""],
    ],
    "release notes": [
        ["Version", "Change", "Ticket", "Remarks"], ["1.0", "First release of the tool", "T-1", ""],
        ["1.1", "Faster search in lists", "T-2", ""], ["1.2", "New export to PDF", "T-3", ""],
        ["1.3", "Fixed login with SAML", "T-4", ""],
    ],
    "test protocol that is done": [
        ["Test case", "Expected result", "Actual result", "Passed", "Defect"],
        ["Log in with a password", "Start page is shown", "as expected", "Y", ""],
        ["Log in with a wrong password", "An error is shown", "as expected", "Y", ""],
        ["Export a list", "A file is saved", "as expected", "Y", ""],
        ["Delete a user", "The user is gone", "as expected", "Y", ""],
    ],
    "phone list in German": [
        ["Abteilung", "Ansprechpartner", "Telefon", "Mobil"],
        ["Einkauf und Logistik", "Anna Lehmann", "11", ""], ["Personal und Recht", "Bo Chan", "12", ""],
        ["IT und Organisation", "Cy Diaz", "13", ""], ["Presse und Medien", "Di Evans", "14", ""],
    ],
    "reading list": [
        ["Title", "Publisher", "Year", "Shelf"], ["Handbook of cloud security", "Alpha", 2020, ""],
        ["Introduction to audits", "Beta", 2021, ""], ["Law of contracts", "Gamma", 2019, ""],
        ["Secure programming", "Delta", 2022, ""],
    ],
    "schedule of training courses": [
        ["Course", "Trainer", "Date", "Room"], ["Data protection basics", "Ann", "2026-01-10", ""],
        ["Secure coding in Java", "Bo", "2026-01-11", ""], ["First aid at work", "Cy", "2026-01-12", ""],
        ["Fire safety for staff", "Di", "2026-01-13", ""],
    ],
    "parts list": [
        ["Part", "Material", "Drawing", "Replaced by"], ["Outer housing", "Steel", "D-1", ""],
        ["Inner bearing", "Bronze", "D-2", ""], ["Sealing ring", "Rubber", "D-3", ""],
        ["Cover plate", "Steel", "D-4", ""],
    ],
    "organisation of a project": [
        ["Role", "Organisation", "Person", "Deputy"], ["Project sponsor", "Buyer", "", ""],
        ["Project manager", "Buyer", "", ""], ["Technical lead", "Supplier", "", ""],
        ["Test manager", "Supplier", "", ""],
    ],
    "data dictionary": [
        ["Field name", "Data type", "Length", "Description", "Remarks"],
        ["customer_id", "int", 8, "Key of the customer", ""],
        ["first_name", "char", 50, "Given name of the customer", ""],
        ["order_date", "date", 8, "Day on which the order was placed", ""],
        ["total_sum", "dec", 12, "Sum of all lines of the order", ""],
    ],
}  # fmt: skip

FINAL: dict[str, list[list[Any]]] = {
    "list of locations": [
        ["Site", "Country", "Headcount", "Remarks"], ["Head office north", "Germany", 200, ""],
        ["Data centre south", "Italy", 12, ""], ["Sales office west", "France", 40, ""],
        ["Support centre east", "Poland", 80, ""],
    ],
    "requirements already answered": [
        ["Req", "Requirement", "Status", "Implemented in"],
        ["1", "The system shall send mails.", "Done", "1.0"],
        ["2", "The system shall print lists.", "Done", "1.1"],
        ["3", "The system shall keep logs.", "Done", "1.1"],
        ["4", "The system shall run on Linux.", "Done", "1.2"],
    ],
    "award matrix": [
        ["Criterion", "Weight", "Bidder 1 points", "Bidder 2 points", "Bidder 3 points"],
        ["Quality of the concept", "40%", "", "", ""], ["Experience of the team", "30%", "", "", ""],
        ["Price of the offer", "30%", "", "", ""], ["Total of all criteria", "100%", "", "", ""],
    ],
    "holiday plan": [
        ["Employee", "January", "February", "March"], ["Ann Lee Miller", "", "x", ""],
        ["Bo Chan Smith", "", "", ""], ["Cy Diaz Jones", "x", "", ""], ["Di Evans Hill", "", "", ""],
    ],
    "log of questions by bidders": [
        ["No.", "Question of the bidder", "Answer of the authority"],
        [1, "May we hand in two offers?", "No, only one offer is allowed."],
        [2, "Can the deadline be moved?", "No, the deadline is fixed."],
        [3, "Is a site visit possible?", "Yes, please write to us."],
        [4, "Are joint ventures allowed?", "Yes, see section 3."],
    ],
    "invoice": [
        ["Pos.", "Article", "Pieces", "Single price", "Sum"], [1, "Desk, white, 160 cm", 4, 200, 800],
        [2, "Chair with armrests", 4, 150, 600], [3, "Lamp for the desk", 4, 50, 200],
        ["", "Sum of all items", "", "", 1600],
    ],
    "list of abbreviations": [
        ["Abbreviation", "Long form", "See also"], ["SLA", "Service level agreement", ""],
        ["RPO", "Recovery point objective", ""], ["RTO", "Recovery time objective", ""],
        ["MFA", "Multi-factor authentication", ""],
    ],
    "cutover plan": [
        ["Step", "What is done", "By", "Planned time", "Done at"],
        [1, "Stop the old system and check that nobody works", "Ops", "18:00", ""],
        [2, "Copy the database to the new servers", "DBA", "19:00", ""],
        [3, "Start the new system and test the log in", "Ops", "21:00", ""],
        [4, "Tell all users that they can start", "Help desk", "22:00", ""],
    ],
}  # fmt: skip
