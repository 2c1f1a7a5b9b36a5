"""PDF questionnaires as buyers really lay them out, each with what must be found in it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.rfp_manager.pdf_maker import Maker, Page, Radio

ASKED = [
    "Do you encrypt customer data at rest, and with which algorithms?",
    "Describe how access rights of employees are granted, reviewed and revoked.",
    "How often are backups restored for testing purposes?",
    "Is multi-factor authentication enforced for administrators?",
    "Please list all subprocessors that have access to personal data.",
    "What are your recovery time and recovery point objectives, and how have you tested them "
    "in the last twelve months?",
    "Do you keep audit logs for at least one year?",
    "Explain how vulnerabilities are tracked and remediated.",
    "Which regions can customer data be stored in?",
    "Who is responsible for information security in your company?",
]
DEMANDS = [
    "The supplier shall report security incidents within 72 hours.",
    "All data must be stored in the European Union.",
    "The system shall support single sign-on with SAML 2.0.",
    "The provider must offer training for administrators.",
    "Every change to master data shall be logged with the user and the time.",
    "The solution must export all data in a machine readable format.",
]


@dataclass
class Gold:
    """A question that must be found. `room`: what takes its answer: a "cell" or "line" of the
    page, the name of a "field", or "none"."""

    text: str
    number: str = ""
    room: str = "line"
    choices: tuple[str, ...] = ()


@dataclass
class Form:
    maker: Maker = field(default_factory=Maker)
    gold: list[Gold] = field(default_factory=list)

    def ask(
        self, text: str, number: str = "", room: str = "line", choices: tuple[str, ...] = ()
    ) -> None:
        self.gold.append(Gold(text, number, room, choices))


LAYOUTS: dict[str, Callable[[], Form]] = {}


def layout(make: Callable[[], Form]) -> Callable[[], Form]:
    LAYOUTS[make.__name__] = make
    return make


def title(page: Page, text: str) -> None:
    page.text(60, 50, text, size=18, bold=True)


@layout
def lines_to_write_on() -> Form:
    form = Form()
    for part, begin in (("Data protection", 0), ("Operations", 5)):
        page = form.maker.page()
        title(page, part)
        y = 90.0
        for at, text in enumerate(ASKED[begin : begin + 5], begin + 1):
            y = page.wrapped(60, y, f"{at}. {text}", 470)
            page.text(60, y + 4, "Response: " + "_" * 50)
            form.ask(text, str(at))
            y += 40
    return form


@layout
def table_with_rules() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Vendor assessment")
    xs, ys = [50.0, 95.0, 330.0, 545.0], [90.0, 112.0]
    for x, text in zip(xs, ("No.", "Question", "Vendor response"), strict=False):
        page.text(x + 4, 94, text, bold=True)
    for at, text in enumerate(ASKED, 1):
        page.text(xs[0] + 4, ys[-1] + 4, f"1.{at}")
        bottom = page.wrapped(xs[1] + 4, ys[-1] + 4, text, 220)
        ys.append(max(bottom + 4, ys[-1] + 34))
        form.ask(text, f"1.{at}", "cell")
    page.grid(xs, ys)
    return form


@layout
def table_over_two_pages() -> Form:
    form = Form()
    for part in (0, 1):
        page = form.maker.page()
        if not part:
            title(page, "Requirements")
        xs, ys = [50.0, 100.0, 360.0, 420.0, 545.0], [90.0, 112.0]
        for x, text in zip(xs, ("ID", "Requirement", "Y/N", "Comments"), strict=False):
            page.text(x + 4, 94, text, bold=True)
        for at, text in enumerate((ASKED + DEMANDS)[part * 8 : part * 8 + 8], part * 8 + 1):
            page.text(xs[0] + 4, ys[-1] + 4, f"R{at:02}")
            ys.append(max(page.wrapped(xs[1] + 4, ys[-1] + 4, text, 250) + 4, ys[-1] + 24))
            form.ask(text, f"R{at:02}", "cell", ("Y", "N"))
        page.grid(xs, ys)
        page.text(280, 800, f"Page {part + 1} of 2", size=8)
    return form


@layout
def rows_without_rules() -> Form:
    form = Form()
    page = form.maker.page()
    for x, text in ((50, "Ref"), (100, "Question"), (340, "Answer")):
        page.text(x, 60, text, bold=True)
    y = 85.0
    for at, text in enumerate(ASKED, 1):
        page.text(50, y, f"Q{at}")
        y = page.wrapped(100, y, text, 220) + 14
        form.ask(text, f"Q{at}", "cell")
    return form


@layout
def boxes_below_questions() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Due diligence")
    y = 90.0
    for at, text in enumerate(ASKED[:7], 1):
        y = page.wrapped(60, y, f"{at}. {text}", 470) + 4
        page.box(60, y, 470, 50)
        y += 64
        form.ask(text, str(at))
    return form


@layout
def fields_below_questions() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Supplier self assessment")
    y = 90.0
    for at, text in enumerate(ASKED[:8], 1):
        y = page.wrapped(60, y, f"{at}. {text}", 470) + 2
        page.field(60, y, 470, 30, f"q{at}", "/FT /Tx /Ff 4096 /MaxLen 400")
        y += 48
        form.ask(text, str(at), f"q{at}")
    return form


@layout
def fields_beside_labels() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Company information")
    labels = ["Legal name", "Street and city", "Country of registration", "Number of employees"]
    for at, text in enumerate(labels):
        page.text(60, 102 + at * 30, f"{text}:")
        page.field(220, 100 + at * 30, 300, 16, f"Text{at}")
        form.ask(text, "", f"Text{at}")
    return form


@layout
def two_fields_on_a_line() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Contact")
    for row, (left, right) in enumerate([("First name", "Last name"), ("Telephone", "E-mail")]):
        for x, text in ((60, left), (310, right)):
            page.text(x, 102 + row * 30, text)
            page.field(x + 70, 100 + row * 30, 150, 16, text.replace(" ", ""))
            form.ask(text, "", text.replace(" ", ""))
    return form


@layout
def tooltips_that_ask() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Form 12-B")
    for at, text in enumerate(ASKED[:6]):
        page.text(60, 102 + at * 40, f"Item {at + 1}")
        page.field(160, 100 + at * 40, 360, 24, f"f{at}", f"/FT /Tx /TU ({text})")
        form.ask(text, "", f"f{at}")
    return form


@layout
def table_with_fields() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Controls")
    xs, ys = [50.0, 90.0, 330.0, 400.0, 545.0], [90.0, 112.0]
    for x, text in zip(xs, ("#", "Question", "Answer", "Remarks"), strict=False):
        page.text(x + 4, 94, text, bold=True)
    for at, text in enumerate(ASKED[:8], 1):
        top = ys[-1]
        page.text(xs[0] + 4, top + 4, str(at))
        ys.append(max(page.wrapped(xs[1] + 4, top + 4, text, 230) + 4, top + 30))
        page.field(
            xs[2] + 3, top + 4, 60, 16, f"a{at}", "/FT /Ch /Ff 131072 /Opt [(Yes) (No) (N/A)]"
        )
        page.field(xs[3] + 3, top + 4, 138, 20, f"c{at}")
        form.ask(text, str(at), f"a{at}", ("Yes", "No", "N/A"))
    page.grid(xs, ys)
    return form


@layout
def buttons_of_which_one_is_chosen() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Checklist")
    y = 90.0
    for at, text in enumerate(ASKED[:6], 1):
        y = page.wrapped(60, y, f"{at}. {text}", 470) + 4
        places = []
        for x, word in ((80, "Yes"), (160, "No"), (240, "Planned")):
            page.text(x + 14, y, word)
            places.append((0, float(x), y, word))
        form.maker.radios.append(Radio(f"r{at}", places))
        y += 40
        form.ask(text, str(at), f"r{at}", ("Yes", "No", "Planned"))
    return form


@layout
def boxes_to_tick() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Declarations")
    y = 90.0
    for at, text in enumerate(ASKED[:5], 1):
        page.text(60, y, f"{at}. {text}")
        for x, word in ((80, "Yes"), (140, "No")):
            page.check(x, y + 16, f"q{at}{word}")
            page.text(x + 14, y + 16, word)
        y += 60
        form.ask(text, str(at), f"q{at}Yes", ("Yes", "No"))
    return form


@layout
def a_plain_list() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Questions to the supplier")
    y = 90.0
    for at, text in enumerate(ASKED, 1):
        y = page.wrapped(60, y, f"{at}. {text}", 470) + 8
        form.ask(text, str(at), "none")
    return form


@layout
def demands_between_terms() -> Form:
    form = Form()
    page = form.maker.page()
    title(page, "Statement of work")
    page.text(60, 90, "1 Background", size=13, bold=True)
    page.wrapped(60, 110, "The City of Springfield runs twelve departments. The present "
                 "system was introduced in 2009 and is no longer maintained.", 470)  # fmt: skip
    page.text(60, 150, "2 Requirements", size=13, bold=True)
    y = 172.0
    for at, text in enumerate(DEMANDS, 1):
        y = page.wrapped(60, y, f"2.{at} {text}", 470) + 8
        form.ask(text, f"2.{at}", "none")
    page.text(60, y + 10, "3 Payment", size=13, bold=True)
    page.text(60, y + 32, "Invoices are paid within 30 days.")
    return form


@layout
def rows_parted_by_lines_alone() -> Form:
    """Over two pages, with numbers set to the right and cells of several lines."""
    form = Form()
    for part in (0, 1):
        page = form.maker.page()
        y = 90.0
        if not part:
            title(page, "What we need to know")
            for x, text in ((50, "No"), (100, "Topic"), (360, "Your words"), (460, "Proof")):
                page.text(x, y, text, bold=True)
            y += 18
            page.rule(46, y, 545, y)
        for at, text in enumerate((ASKED + DEMANDS)[part * 8 : part * 8 + 8], part * 8 + 1):
            page.text(97 - 5 * len(str(at)), y + 4, str(at))
            y = page.wrapped(100, y + 4, text, 240) + 8
            page.rule(46, y, 545, y)
            form.ask(text, str(at), "cell")
    return form


@layout
def rows_parted_by_lines_with_words_wrapped_at_hyphens() -> Form:
    form = Form()
    page = form.maker.page()
    for x, text in ((50, "Question"), (360, "Your answer")):
        page.text(x, 60, text, bold=True)
    page.rule(46, 78, 545, 78)
    for at, area in enumerate(("backups", "laptops", "servers", "networks", "databases")):
        y = 84.0 + at * 34
        page.text(50, y, f"Are the keys for {area} generated with industry-")
        page.text(50, y + 12, "accepted libraries by your own staff?")
        page.rule(46, y + 28, 545, y + 28)
        form.ask(
            f"Are the keys for {area} generated with industry-accepted libraries by your own staff?",
            "", "cell",
        )  # fmt: skip
    return form


@layout
def table_whose_second_page_shows_the_questions_alone() -> Form:
    """The area is merged over the rows of both pages, so the lines of the second begin beside it;
    nothing but the questions stands there."""
    form = Form()
    for part in (0, 1):
        page = form.maker.page()
        left, y = (160 if part else 46), 60.0
        if not part:
            for x, text in ((50, "Area"), (164, "Question"), (400, "Your answer")):
                page.text(x, y, text, bold=True)
            page.rule(46, 78, 545, 78)
            page.text(50, 84, "Security")
            y = 80.0
        else:
            page.rule(left, y, 545, y)
        for at, text in enumerate((ASKED + DEMANDS)[part * 6 : part * 6 + 6]):
            y = page.wrapped(164, y + 4, text, 225) + 8
            begin = 46 if not part and at == 5 else 160
            page.rule(begin, y, 545, y)
            form.ask(text, "", "cell")
    return form
