"""Workbooks laid out as buyers really lay them out, each with what must be found in it.

A layout is a function that fills a `Form`; it is registered under its own name. The texts are
made up here; only the layouts follow forms that are in use.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

ANY = "*"  # the layout has no opinion on where comments go


@dataclass(frozen=True)
class Gold:
    """A question that must be found; `answer` lists all acceptable columns ("D" or "D|E")."""

    sheet: str
    row: int
    text: str
    answer: str
    comment: str


@dataclass
class Form:
    """A workbook under construction and the questions put into it."""

    book: Workbook = field(default_factory=Workbook)
    gold: list[Gold] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)
    cached: dict[tuple[str, str], str] = field(default_factory=dict)  # formula cell -> its value

    def sheet(self, title: str) -> Worksheet:
        """The first sheet renamed, or one more."""
        if not self.at:
            sheet = self.book.worksheets[0]
            sheet.title = title
        else:
            sheet = self.book.create_sheet(title)
        self.at[title] = 0
        return sheet

    def put(self, sheet: Worksheet, *rows: list[object], bold: bool = False) -> int:
        """Write rows below what is there; returns the number of the last."""
        for values in rows:
            self.at[sheet.title] += 1
            for column, value in enumerate(values, 1):
                if value is not None and value != "":
                    cell = sheet.cell(self.at[sheet.title], column, value)
                    if bold:
                        cell.font = Font(bold=True)
        return self.at[sheet.title]

    def ask(self, sheet: Worksheet, values: list[object], q: str, a: str, c: str = ANY) -> int:
        """Write a row whose column `q` is a question answered in column `a`."""
        row = self.put(sheet, values)
        text = str(values[column_index_from_string(q) - 1])
        self.gold.append(Gold(sheet.title, row, text, a, c))
        return row

    def ask_all(
        self,
        sheet: Worksheet,
        texts: list[str],
        make: Callable[[int, str], list[object]],
        q: str,
        a: str,
        c: str = ANY,
    ) -> tuple[int, int]:
        """One row for each text; returns the first and last row."""
        rows = [self.ask(sheet, make(n, text), q, a, c) for n, text in enumerate(texts, 1)]
        return rows[0], rows[-1]

    def save(self, path: Path) -> None:
        """Write the workbook; formulas get the values that a spreadsheet program would store."""
        self.book.save(path)
        if not self.cached:
            return
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        for (title, ref), value in self.cached.items():
            part = f"xl/worksheets/sheet{self.book.sheetnames.index(title) + 1}.xml"
            pattern = rf'(<c r="{ref}"[^>]*?)((?: t="[a-z]+")?)(><f>[^<]*</f>)<v(?:></v>| ?/>)'
            made, count = re.subn(
                pattern, lambda m, v=value: f'{m[1]} t="str"{m[3]}<v>{escape(v)}</v>', parts[part]
            )
            assert count == 1, ref
            parts[part] = made
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in parts.items():
                archive.writestr(name, text)


Build = Callable[[Form], None]
LAYOUTS: dict[str, Build] = {}


def layout(build: Build) -> Build:
    """Register a layout under its function's name."""
    LAYOUTS[build.__name__] = build
    return build


def build(name: str) -> Form:
    """The finished form of the layout `name`."""
    form = Form()
    LAYOUTS[name](form)
    return form


def choices(sheet: Worksheet, area: str, listed: str) -> None:
    """A drop-down of the words in `listed` (or a range, if it starts with "=")."""
    formula = listed if listed.startswith("=") else f'"{listed}"'
    rule = DataValidation(type="list", formula1=formula, allow_blank=True)
    sheet.add_data_validation(rule)
    rule.add(area)


def paint(sheet: Worksheet, row: int, last: int, colour: str = "FF1F4E78") -> None:
    """A coloured, bold row, as headers and banners are."""
    for column in range(1, last + 1):
        cell = sheet.cell(row, column)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=colour)
        cell.alignment = Alignment(wrap_text=True)


def protect(sheet: Worksheet, open_area: str) -> None:
    """Lock the sheet but for `open_area`."""
    sheet.protection.sheet = True
    for row in sheet[open_area]:
        for cell in row:
            cell.protection = Protection(locked=False)


def cycle(texts: list[str], count: int) -> Iterator[str]:
    """`count` different texts made from `texts`."""
    for n in range(count):
        text = texts[n % len(texts)]
        yield (
            text if n < len(texts) else f"{text[:-1]} for service tier {n // len(texts)}{text[-1]}"
        )


SECURITY = [
    "Are audit plans agreed with management before an audit starts?",
    "Is an independent review of the information security programme carried out every year?",
    "Are applications tested for common web weaknesses before each release?",
    "Is source code scanned automatically for secrets and vulnerable libraries?",
    "Are backups encrypted, and are restores tested at planned intervals?",
    "Is a business continuity plan documented, approved and communicated?",
    "Are changes to production approved by someone other than their author?",
    "Is data encrypted in transit with TLS 1.2 or later?",
    "Are encryption keys rotated and stored apart from the data they protect?",
    "Can tenants bring and revoke their own encryption keys?",
    "Are access rights withdrawn on the day that a person leaves?",
    "Does the platform support single sign-on by SAML 2.0 or OpenID Connect?",
]
DEMANDS = [
    "The vendor shall provide role based access control for all modules.",
    "The system must log every administrative action with time, actor and object.",
    "The solution shall support at least 500 concurrent users without loss of response time.",
    "The proposer shall describe its approach to data migration, including validation.",
    "The system should allow users to export search results as CSV and PDF.",
    "Contractor must deliver an updated project schedule every two weeks.",
    "The solution shall be hosted within the continental United States.",
    "The vendor must notify the State of a security incident within 24 hours.",
]
NOUNS = [
    "Single sign-on",
    "Two-factor authentication",
    "Export to CSV, Excel and PDF",
    "Configurable retention periods",
    "Audit trail of all changes",
    "REST API with versioning",
    "Offline working on mobile devices",
    "Bulk import of master data",
]
PRIVACY = [
    "Which categories of personal data do you process on our behalf?",
    "Where is personal data stored, and can the region be chosen?",
    "List all sub-processors with their location and purpose.",
    "Have you appointed a data protection officer?",
    "Describe how data subject requests are handled and within what time.",
    "How is personal data deleted at the end of the contract?",
]
GERMAN = [
    "Ist Ihr Unternehmen nach ISO 9001 zertifiziert?",
    "Wie stellen Sie die Rückverfolgbarkeit Ihrer Produkte sicher?",
    "Beschreiben Sie Ihren Prozess zur Behandlung von Reklamationen.",
    "Verfügen Sie über ein dokumentiertes Notfallkonzept?",
    "Welche Maßnahmen zum Schutz personenbezogener Daten haben Sie umgesetzt?",
    "Der Lieferant muss Änderungen an Unterauftragnehmern vorab anzeigen.",
    "Werden Mitarbeitende regelmäßig zur Informationssicherheit geschult?",
]
FRENCH = [
    "La solution doit permettre l'authentification unique des agents.",
    "Le titulaire s'engage à héberger les données dans l'Union européenne.",
    "Décrivez les modalités de reprise des données existantes.",
    "L'application devra journaliser toutes les actions des administrateurs.",
    "Quels sont les délais garantis de rétablissement du service ?",
    "Gestion des droits par profil et par service",
]
SPANISH = [
    "¿Dispone de un plan de continuidad de negocio probado anualmente?",
    "Describa el procedimiento de gestión de vulnerabilidades.",
    "El sistema deberá cifrar los datos en tránsito y en reposo.",
    "¿Con qué frecuencia se revisan los permisos de acceso?",
    "Indique las certificaciones de seguridad vigentes.",
]
JAPANESE = [
    "保存データは暗号化されていますか。",
    "情報セキュリティ方針を定め、全従業員に周知していますか。",
    "インシデント発生時の連絡体制を記載してください。",
    "外部委託先の管理方法を説明してください。",
    "アクセス権の棚卸しを定期的に実施していますか？",
    "脆弱性診断の実施頻度を教えてください。",
]

# Registers the layouts of the other files; at the end, because they use what stands above.
from tests.rfp_manager import (  # noqa: E402, F401
    layouts_buyers_final,
    layouts_buyers_hard,
    layouts_buyers_last,
    layouts_buyers_more,
    layouts_buyers_standards,
    layouts_buyers_tenders,
    layouts_buyers_world,
    layouts_buyers_yet,
    layouts_fourth,
    layouts_strangers,
    layouts_strangers_blind,
    layouts_strangers_final,
    layouts_strangers_later,
    layouts_strangers_more,
    layouts_third,
    layouts_third_blind,
    layouts_third_open,
    layouts_third_tenders,
    layouts_wild_forms,
    layouts_wild_languages,
    layouts_wild_more,
    layouts_wild_odd,
    layouts_wild_privacy,
    layouts_wild_security,
    layouts_wild_tenders,
)
