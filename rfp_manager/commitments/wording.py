"""The words by which a promise is known, in English, German, French and Spanish."""

import re


def any_of(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})", re.IGNORECASE)


_UNIT = (
    r"(?:(?:business|working|calendar|clock|consecutive|full) |(?:Werk|Arbeits|Kalender))?"
    r"(?:minutes?|hours?|hrs?|days?|weeks?|months?|years?|Minuten?|Stunden?|Tage?n?|Wochen?|"
    r"Monate?n?|Jahre?n?|heures?|jours?|semaines?|mois|années?|ans?|minutos?|horas?|días?|"
    r"semanas?|mes(?:es)?|años?|h|min)"
)
_COUNT = (
    r"(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|"
    r"twenty-four|thirty|sixty|ninety|ein(?:em|er|es)?|zwei|drei|vier|fünf|sechs|sieben|zehn|"
    r"zwölf|dreißig|deux|trois|quatre|cinq|six|sept|dix|douze|trente|dos|tres|cuatro|cinco|seis|"
    r"siete|diez|doce|treinta)"
)
DURATION = re.compile(rf"(?<![\w.]){_COUNT}(?: \(\d+\))?[ \-\u00a0]?{_UNIT}(?!\w)", re.IGNORECASE)
SHARE = re.compile(r"(?<![\w.])(?:9\d|100)(?:[.,]\d+)?[ \u00a0]?(?:%|percent|Prozent|pour cent)")
ALWAYS = re.compile(
    r"24[ ]?[/x×][ ]?7|around the clock|rund um die Uhr|24 heures sur 24|las 24 horas"
)

AVAILABLE = any_of("availab", "uptime", "verfügbar", "disponib", r"SLA\b", "service level")
RESPOND = any_of(
    "respon[sd]", "resol", "react", "acknowledg", "restor", "recover", r"RTO\b", r"RPO\b",
    "reaktion", "reagier", "antwort", "wiederherstell", "lösungszeit", "beh(?:eben|oben)",
    "répon", "intervention", "rétabli", "repris", "résol", "atende", "atend", "recupera",
    "patch", "remediat", "fix(?:ed)?\\b", "schließen",
)  # fmt: skip
NOTIFY = any_of(
    "notif", "inform(?:ed|s)?\\b(?! secur)", "informing", "alert(?:ed|s)?\\b", "report(?:ed|s)? ",
    "tell\\b", "advise", "informons", "informer", "benachrichtig", "informier", "melde",
    "gemeldet", "unterricht",
    "averti", "prévien", "prévenu", "prévenir", "signal[eé]", "inform[eé]", "avis[ae]", "comunic",
    "announce", "contact", "notice", "warn", "call(?:ed)? ", "préavis", "preavis",
    "kontaktier", "angekündigt", "kündigen", "annonc", "anuncia",
)  # fmt: skip
KEEP = any_of(
    "delet", "eras", "destr[ou]", "purg", "retain", "retention", "kept\\b", "keep", "stored for",
    r"(?:stored|held) (?:\w+ ){0,2}longer",
    "archiv", "wip(?:ed|e)", "anonymi", "lösch", "gelösch", "aufbewahr", "gespeichert", "vernicht",
    "supprim", "effac", "conserv", "détrui", "elimin", "borra", "retenci", "almacen", "vorgehalten",
    "overwrit", "überschr", "guarda", "available for", "verfügbar für", "roll(?:ed|s)? off",
    "destru", "expunge", "shred", "verfällt", "return(?:ed)? (?:all|the|your|customer)",
)  # fmt: skip
STORE = any_of(
    "stor", "host", "situ[aeé]", "ubicad", "steh(?:en|t)\\b", "befind", "locat", "process",
    "resid", "remain", "kept\\b", "held\\b", "data ?cent",
    "server", "leave", "transfer", "operate[sd]? (?:from|in)", "replicat",
    "speicher", "gespeichert", "gehost", "verarbeit", "rechenzentr", "verlassen", "betrieben",
    "héberg", "stock", "trait", "centres? de données", "quitte", "conserv", "aloj", "almacen",
    "proces", "trata", "centros? de datos", "reside",
)  # fmt: skip
CERTIFIED = any_of(
    "certif", "zertifi", "attest", "audit", "accredit", "akkreditier", "compl(?:y|ies|ian)",
    "conform", "hold", "valid", "maintain", "authori[sz]", "gültig", "valable", "cumpl",
    "testat", "besitz", "verfüg", "dispos", "détien", "achieved", "geprüft", "testiert",
    "registered",
    "have (?:a|an|been|our)\\b", "haben", "tenemos", "cuenta con", "contamos", "report",
)  # fmt: skip
VALID = any_of(
    "valid", "expir", "until", "through", "runs? out", "renew", "gültig", "läuft", "bis\\b",
    "valable", "jusqu", "échéan", "válid", "vigente", "hasta", "vence", "caduc",
)  # fmt: skip
PLANNED = any_of(
    "will\\b", "plan", "roadmap", "schedul", "expect", "deliver", "releas", "launch", "complet",
    "introduc", "support", "availab", "commit", "achieve", "migrat", "roll(?:ed)? out", "ship",
    "wird\\b", "werden\\b", "geplant", "vorgesehen", "verfügbar", "liefer", "eingeführt",
    "prév", "sera\\b", "seront\\b", "livr", "disponib", "lanc", "obtien", "atteindr",
    "appear", "arriv", "start", "begin", "go(?:es)? live", "erschein", "kommt\\b", "folgt\\b",
    "paraît", "saldrá", "llegará", "previst", "estará", "lanza", "entreg", "será", "obtendr",
    "tendr", "fin(?:ished|alis)",
)  # fmt: skip
UNTIL = any_of(
    "by\\b", "before\\b", "until\\b", "no later", "in\\b", "from\\b", "for\\b", "at the", "during",
    "end of", "bis\\b", "ab\\b", "im\\b", "zum\\b", "spätestens", "ende\\b", "vor\\b",
    "d['’]ici", "avant\\b", "au\\b", "en\\b", "fin\\b", "pour\\b", "dès\\b", "à partir",
    "para\\b", "antes", "hasta", "finales", "durante", "mid-", "mitte\\b", "early", "late\\b",
)  # fmt: skip
_CERTIFICATE = (
    r"(?:ISO(?:[/ ]?IEC)?|DIN|EN|BS|NF)[ \-]?(?:EN )?(?:ISO )?(?P<iso>\d{4,5})(?:-\d)?(?::\d{4})?"
    r"|(?P<soc>SOC[ \-]?[123])(?:[ ,]*\(?Type[ ]?(?P<type>II?|[12])\)?)?"
    r"|(?P<name>PCI[ \-]?DSS|HITRUST(?: CSF)?|FedRAMP|StateRAMP|TISAX|Cyber Essentials(?: Plus)?|"
    r"CSA[ \-]STAR|BSI C5|C5|HDS|SecNumCloud|IRAP|ENS(?: Alto| Alta)?|FIPS 140-[23]|NEN 7510|"
    r"Common Criteria|ISAE 3402|ISAE 3000|HIPAA|GxP|CMMC(?: Level \d)?)"
)
CERTIFICATE = re.compile(rf"(?<![\w])(?:{_CERTIFICATE})(?!\w)")
#: Not a promise of the certificate itself.
ONLY_LIKE = any_of(
    "align", "based on", "in line with", "inspired", "modell?ed", "follow(?:s|ing)? the",
    "angelehnt", "orientier", "in anlehnung", "inspir", "s['’]appui", "selon les principes",
    "alinead", "basad", "nach dem vorbild",
)  # fmt: skip
DENIED = re.compile(
    r"(?<!\w)(?:not|never|cannot|without|no|n['’]t|nicht|kein\w*|nie|ohne|ne|n['’](?=\w)|pas|aucun\w*"
    r"|jamais|sans|nunca|sin|ningun\w*)(?!\w)"
    r"(?! (?:\w+ ){0,2}(?:later|more than|less than|longer|fewer|exceed|später|länger|mehr als|"
    r"weniger|antes|más|plus|moins))|\w+n['’]t(?!\w)",
    re.IGNORECASE,
)
#: "The data never leave the EU" denies nothing that matters.
OUTSIDE = any_of(
    "leav", "outside", "außerhalb", "verlass", "hors\\b", "quitt", "fuera", "sal(?:e|en|ga)\\b",
    "transfer", "übermittel", "other than",
)  # fmt: skip
#: Wishes, and what others do.
ONLY_WISHED = any_of(
    "aim", "strive", "hope", "would like", "could\\b", "might\\b", "anstreb", "bemüh", "souhait",
    "esp[eé]r", "best effort", "typically", "in der regel", "on request", "auf anfrage",
    "historical", "in the past", "last year", "letztes jahr", "average", "durchschnitt",
    "en moyenne", "de media",
)  # fmt: skip
#: What was done is no promise any more.
PAST = any_of(
    "was\\b", "were\\b", "ha(?:s|ve|d) been", "since\\b", "in the past", "did\\b",
    r"(?<!be )(?:releas|launch|publish|complet|introduc|found|start|deliver|achiev)ed (?:in|on)\b",
    "wurden?\\b", "war(?:en)?\\b", "seit\\b", "a été", "ont été", "depuis", "fue(?:ron)?\\b",
    "ha sido", "desde",
)  # fmt: skip
ORDINAL_END = re.compile(r"(?<![\d.])\d{1,2}\.\Z")
ASKED = re.compile(r"\?\W*\Z")
