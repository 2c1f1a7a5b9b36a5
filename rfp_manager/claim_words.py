"""The topics, objects and places that claims are about, in English, German, French and Spanish."""

import re
from dataclasses import dataclass


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Topic:
    """`sort`: of its values: duration, percent, rhythm or characters. `objects`: what it can be
    of; () means of any of OBJECTS."""

    name: str
    sort: str
    pattern: re.Pattern[str]
    objects: tuple[str, ...] = ("-",)
    needs_object: bool = False


OBJECTS = {
    "backups": _any(r"back-?ups?|backup copies|sicherung\w*|sauvegardes?|copias? de seguridad"
    r"|respaldos?"),
    "logs": _any(r"(?:audit |access |security |system )?(?:logs?|log files?|trails?)|protokoll\w*"
                 r"|journaux|registros de (?:acceso|auditoría)"),
    "recordings": _any(r"recordings?|aufzeichnung\w*|enregistrements?|grabaciones"),
    "cameras": _any(r"cctv|camera\w*|footage|video|kamera\w*|caméras?|cámaras?"),
    "sessions": _any(r"sessions?|sitzung\w*|sesión|sesiones"),
    "tickets": _any(r"tickets?|support cases?|correspondence|e-?mails?"),
    "accounts": _any(r"accounts?|users?|credentials|konten|konto|comptes?|cuentas?"),
    "personal data": _any(r"personal data|personally identifiable|personenbezogene\w* Daten"
    r"|données personnelles|datos personales"),
    "customer data": _any(r"customer (?:data|content|records?)|client data|your data|kundendaten"
    r"|données (?:du |des )?clients?|datos de(?:l| los)? clientes?"),
    "contract end": _any(r"terminat\w+|end of (?:the )?(?:contract|agreement|subscription)"
    r"|expir\w+|contract ends?|exit|vertragsende|fin du contrat|fin del contrato"
    r"|terminar el contrato"),
    "invoices": _any(r"invoices?|contracts?|accounting|rechnungen|factur\w+"),
    "keys": _any(r"keys?|schlüssel\w*|clés?|claves?"),
    "index": _any(r"index(?:es)?|cache\w*|snapshots?"),
    "applicants": _any(r"applica\w+|candidates?|cvs?|bewerb\w+"),
    "penetration test": _any(r"pen(?:etration)?[ -]?tests?|penetrationstests?"
    r"|tests? d['’]intrusion|pruebas? de penetración"),
    "access review": _any(r"(?:access|user|privilege)\w*(?: rights)?(?: are| is)? review\w*"
    r"|review\w* (?:of )?(?:access|rights|privileges)|recertif\w+|rechte\w* .{0,30}überprüf\w*"),
    "recovery test": _any(r"(?:disaster )?recovery (?:test|exercise|plan)\w*|restore tests?"
    r"|dr tests?|continuity (?:test|plan|exercise)\w*|wiederanl\w+|plans? de reprise"
    r"|planes de recuperación"),
    "training": _any(r"training\w*|trained|awareness|schulung\w*|geschult|formations?|formación"),
    "vulnerability scan": _any(r"(?:vulnerability )?scan\w*|schwachstellen-?scans?"
    r"|analyses? de vulnérabilités"),
    "risk assessment": _any(r"risk (?:assessment|analysis|review)\w*|risikoanalyse\w*"
    r"|analyse des risques|análisis de riesgos"),
    "audit": _any(r"internal audits?|external audits?|audited|interne audits?"),
    "policy review": _any(r"polic(?:y|ies) .{0,30}review\w*|review\w* .{0,30}polic(?:y|ies)"),
    "incident": _any(r"incidents?(?! (?:team|manager|line|telephone|form|response))|breach\w*"
    r"|vorf[aä]ll\w*|verletzung\w*|violations?|incidentes?|violación|violaciones"),
    "patch": _any(r"security (?:patch|update|fix)\w*|patches|vulnerabilit\w+|weakness\w*"
    r"|schwachstelle\w*|vulnérabilités?|vulnerabilidades?"),
}  # fmt: skip
RECORDS = ("backups", "logs", "recordings", "cameras", "sessions", "tickets", "personal data",
           "customer data", "contract end", "applicants")  # fmt: skip
ROUTINES = ("penetration test", "access review", "recovery test", "training",
            "vulnerability scan", "risk assessment", "audit", "policy review",
            "backups")  # fmt: skip
TOPICS = (
    Topic("Recovery point objective", "duration", re.compile(r"\bRPO\b|(?i:recovery point"
        r"|wiederherstellungspunkt|punto de recuperación)")),
    Topic("Recovery time objective", "duration", re.compile(r"\bRTO\b|(?i:recovery time"
        r"|wiederherstellungszeit|tiempo de recuperación)")),
    Topic("Availability", "percent", _any(r"availab\w+|uptime|verfügbarkeit\w*|disponibilité"
        r"|disponibilidad")),
    Topic("Retention", "duration", _any(r"retain\w*|retention|kept|keep|stored for|aufbewahr\w*"
        r"|conservée?s?|conserv\w+|guard\w+|speicher\w*"),
          (*RECORDS, "invoices", "index"), True),
    Topic("Deletion", "duration", _any(r"delet\w+|eras\w+|destroy\w*|purg\w+|gelöscht|lösch\w*"
        r"|supprim\w+|effac\w+|elimin\w+|borra\w*"),
          (*RECORDS, "accounts"), True),
    Topic("Notice of an incident", "duration", _any(r"notif\w+|report(?:s|ed)?|inform\w*|meld\w+"
        r"|gemeldet|signal\w*|notific\w+"), ("incident",), True),
    Topic("Time to patch", "duration", _any(r"patch\w*|fix(?:es|ed)?|remediat\w*|behoben"
        r"|corrig\w+"), ("patch",), True),
    Topic("Session timeout", "duration", _any(r"session timeout|idle (?:time|session)\w*"
        r"|inactivity|inaktivität|inactivité|inactividad")),
    Topic("Password length", "characters", _any(r"passwords?|kennw[oö]rt\w*|passw[oö]rt\w*"
        r"|mots? de passe|contraseñas?")),
    Topic("Frequency", "rhythm", _any(r"tests?|tested|review\w*|train\w*|scan\w*|audit\w*"
        r"|assess\w*|backups?|perform\w*|carried|conducted|takes? place|geprüft|durchgeführt"
        r"|überprüft|getestet|geübt|réalisé\w*|testés?|realiza\w*|prueban"),
          ROUTINES, True),
)  # fmt: skip
#: What holds of one of these need not hold of another.
DISCRIMINATORS = _any(
    r"audit|security(?! (?:incident|breach)\w*)|access|flow|loss|lost|premium|enterprise"
    r"|standard plan|basic|business|professional|core|plus|free|gold|silver|bronze"
    r"|critical|high|medium|low|severe|urgent|normal|p[1-5]|sev(?:erity)?[ -]?\d|priority \d"
    r"|tier \d"
    r"|level \d|primary|secondary|production|staging|test system\w*|full|incremental|differential"
    r"|monthly|weekly|daily|yearly|hourly|nightly|internal|external|independent|web|mobile|desktop"
    r"|network|on-?premises?|saas|cloud|search|analytics|api|administrators?|privileged|employees"
    r"|contractors?|suppliers?|office\w*|laptops?|servers?|databases?|objects?|files?|metadata"
    r"|draft"
    r"|archive\w*|at rest|in transit|eu|us|uk|europe|usa|kritisch\w*|hoch|mittel|niedrig|intern\w*"
    r"|extern\w*|critiques?|élevée?s?|moyenne?s?|críticos?|críticas?|altos?|medios?|bajos?"
    r"|authorit\w+|regulators?|supervisory|aufsichtsbehörde\w*|autorité\w*|autoridad\w*|measured"
    r"|average|mean|last year|calendar year|20\d\d"
)
CERTIFICATES = (
    ("ISO 27001", r"ISO(?:/IEC)?[ -]?27001"), ("ISO 27017", r"ISO(?:/IEC)?[ -]?27017"),
    ("ISO 27018", r"ISO(?:/IEC)?[ -]?27018"), ("ISO 27701", r"ISO(?:/IEC)?[ -]?27701"),
    ("ISO 22301", r"ISO(?:/IEC)?[ -]?22301"), ("ISO 9001", r"ISO[ -]?9001"),
    ("ISO 14001", r"ISO[ -]?14001"), ("ISO 42001", r"ISO(?:/IEC)?[ -]?42001"),
    ("SOC 2 Type II", r"SOC[ -]?2[, ]+[Tt]yp[e]? ?(?:II|2)\b"), ("SOC 2 Type I", r"SOC[ -]?2[, "
        r"]+[Tt]yp[e]? ?(?:I|1)\b"),
    ("SOC 1", r"SOC[ -]?1\b"), ("SOC 3", r"SOC[ -]?3\b"), ("SOC 2", r"SOC[ -]?2\b"),
    ("PCI DSS", r"PCI[ -]?DSS"),
    ("FedRAMP", r"FedRAMP"), ("TISAX", r"TISAX"), ("BSI C5", r"\bC5\b"), ("HITRUST", r"HITRUST"),
    ("Cyber Essentials Plus", r"Cyber Essentials Plus"), ("Cyber Essentials", r"Cyber Essentials"),
    ("CSA STAR", r"CSA STAR"), ("ENS", r"Esquema Nacional de Seguridad"), ("HDS", r"\bHDS\b"),
)  # fmt: skip
_COUNTRIES = {
    "Germany": "Germany Deutschland Allemagne Alemania Frankfurt Berlin Munich München Hamburg "
    "Nuremberg",
    "France": "France Frankreich Francia Paris Marseille Lyon Strasbourg Roubaix",
    "Ireland": "Ireland Irland Irlande Irlanda Dublin", "Spain": "Spain Spanien Espagne España "
    "Madrid Zaragoza Bilbao",
    "Netherlands": "Netherlands Niederlande Amsterdam", "Sweden": "Sweden Schweden Suède Suecia "
    "Stockholm",
    "Switzerland": "Switzerland Schweiz Suisse Suiza Zurich Zürich Geneva Genf",
    "Austria": "Austria Österreich Vienna Wien",
    "United Kingdom": "London Manchester Cardiff England Scotland", "Poland": "Poland Polen "
    "Pologne Polonia Warsaw",
    "Italy": "Italy Italien Italie Italia Milan Milano Rome", "Finland": "Finland Finnland "
    "Helsinki Hamina",
    "Belgium": "Belgium Belgien Belgique Bélgica Brussels", "Denmark": "Denmark Dänemark "
    "Copenhagen",
    "Norway": "Norway Norwegen Oslo", "Portugal": "Portugal Lisbon Lisboa",
    "United States": "USA Virginia Oregon Ohio California Texas Iowa Chicago Ashburn Dallas",
    "Canada": "Canada Kanada Montreal Montréal Toronto", "Australia": "Australia Australien "
    "Sydney Melbourne",
    "Singapore": "Singapore Singapur", "Japan": "Japan Tokyo Osaka", "India": "India Indien "
    "Mumbai Hyderabad",
    "Brazil": "Brazil Brasilien Brasil", "South Korea": "Seoul", "Israel": "Israel",
}  # fmt: skip
#: A city or country to its country. What spans several (EU, Europe) contradicts none of them.
PLACES = {name: country for country, names in _COUNTRIES.items() for name in names.split()}
PLACES |= {name: name for name in ("United Kingdom", "United States", "South Korea")}
