"""What planted errors are made of: (pattern, what it becomes) by kind and language."""

Pairs = list[tuple[str, str]]


def _words(pairs: str) -> Pairs:
    """ "hours>days; …": whole words, as they stand."""
    found = [pair.strip().split(">") for pair in pairs.split(";") if pair.strip()]
    return [(rf"{before}(?!\w)", after) for before, after in found]


def _both(pairs: str) -> Pairs:
    """Each pair both ways."""
    one = [pair.strip().split(">") for pair in pairs.split(";") if pair.strip()]
    return _words(";".join(f"{a}>{b};{b}>{a}" for a, b in one))


NAMES = (
    "Frankfurt", "Dublin", "Paris", "Madrid", "London", "Zurich", "Amsterdam", "Stockholm",
    "Virginia", "Oregon", "Singapore", "Sydney", "Germany", "Ireland", "Poland", "Canada",
    "Azure", "Oracle", "Okta", "Splunk", "Datadog", "Deloitte", "Snowflake", "Cloudflare",
)  # fmt: skip

SWAPS: dict[str, dict[str, Pairs]] = {
    "unit": {
        "en": _both("hours>days; weeks>months; minutes>seconds; hour>day; GB>TB")
        + _words("days>hours; months>years; years>months; month>week; year>month"),
        "de": _both("Stunden>Tage; Wochen>Monate; Minuten>Sekunden")
        + _words("Tagen>Stunden; Monate>Jahre; Jahre>Monate; Monaten>Jahren; Jahren>Monaten"),
        "fr": _both("heures>jours; semaines>mois; minutes>secondes") + _words("ans>mois;"
        " années>mois"),
        "es": _both("horas>días; semanas>meses; minutos>segundos") + _words("años>meses"),
    },
    "not removed": {
        "en": _words("is not>is; are not>are; was not>was; were not>were; does not>does; do not>do")
        + _words("cannot>can; may not>may; must not>must; will not>will; has not>has;"
            " have not>have")
        + [(r"(?:never|no) (?=\w)", ""), (r"without(?!\w)", "with"), (r"not (?=\w)", "")],
        "de": [(r"nicht (?=\w)", ""), (r"(?:nie|niemals) (?=\w)", "")]
        + [(r"kein(e[nrms]?)?(?!\w)", r"ein\1")]
        + _words("ohne>mit"),
        "fr": [(r"ne (\w+) pas(?!\w)", r"\1"), (r"n['’](\w+) (?:pas|jamais)(?!\w)", r"\1")]
        + [(r"ne (\w+) jamais(?!\w)", r"\1"), (r"aucune? (?=\w)", "une "), (r"sans(?!\w)", "avec")],
        "es": [(r"no (?=\w)", ""), (r"nunca (?=\w)", ""), (r"sin (?=\w)", "con "), (r"ning[uú]n "
        r"(?=\w)", "un ")],
    },
    "not added": {
        "en": [
            (r"(is|are|was|were|can|may|must|will|ha(?:s|ve) been) (?!not\b)(?=\w)", r"\1 not ")
        ],
        "de": [
            (r"(wird|werden|ist|sind|wurden?|kann|können) (?!nicht\b)(?=\w)", r"\1 nicht ")
        ],
        "fr": [(r"(est|sont|peut|peuvent|doit|doivent) (?!pas\b)(?=\w)", r"ne \1 pas ")],
        "es": [(r"(se|es|son|está|están|puede|pueden) (?=\w)", r"no \1 ")],
    },
    "quantifier": {
        "en": _words("all>most; most>all; every>nearly every; always>usually; usually>always")
        + _words("some>all; sometimes>always; mostly>entirely; both>one of")
        + [(r"(?:only|exclusively|solely) (?=\w)", "")],
        "de": _words("alle>die meisten; die meisten>alle; jeder>fast jeder; jede>fast jede")
        + _words("jedes>fast jedes; immer>meist; einige>alle; teilweise>vollständig; stets>meist")
        + [(r"(?:nur|ausschließlich) (?=\w)", "")],
        "fr": _words("tous les>la plupart des; toutes les>la plupart des; la plupart des>tous les")
        + _words("toujours>généralement; certains>tous les; chaque>presque chaque")
        + [(r"(?:uniquement|seulement|exclusivement) (?=\w)", "")],
        "es": _words("todos los>la mayoría de los; todas las>la mayoría de las;"
        " siempre>normalmente")
        + _words("la mayoría de los>todos los; algunos>todos los; cada>casi cada")
        + [(r"(?:solo|sólo|únicamente|exclusivamente|solamente) (?=\w)", "")],
    },
    "comparison": {
        "en": _both("at least>at most; more than>less than; before>after;"
        " no later than>no earlier than")
        + _words("up to>at least; minimum>maximum; maximum>minimum; above>below; below>above")
        + _words("within>after; longer than>shorter than; not less than>not more than;"
            " at the latest>at the earliest"),
        "de": _both("mindestens>höchstens; mehr als>weniger als; vor>nach; spätestens>frühestens")
        + _words("bis zu>mindestens; innerhalb von>nach"),
        "fr": _both("au moins>au plus; plus de>moins de; avant>après; minimum>maximum")
        + _words("jusqu'à>au moins"),
        "es": _both("al menos>como máximo; más de>menos de; antes de>después de; mínimo>máximo")
        + _words("hasta>al menos"),
    },
    "modality": {
        "en": _words("may>must; must>may; can>must; should>must; required to>allowed to;"
        " will be>is")
        + _words("is planned>is done; are planned>are done; planned for>completed in")
        + _words("optional>mandatory; mandatory>optional; recommended>required;"
            " required>recommended")
        + _words("has to>may; have to>may; needs>allows; need>allow"),
        "de": _words("muss>kann; müssen>können; kann>muss; können>müssen; darf>muss; dürfen>müssen")
        + _words("soll>kann; geplant>umgesetzt; verpflichtend>freiwillig;"
            " empfohlen>vorgeschrieben"),
        "fr": _words("doit>peut; doivent>peuvent; peut>doit; peuvent>doivent; prévu>réalisé;"
        " prévue>réalisée")
        + _words("obligatoire>facultatif; recommandé>exigé; sera>est"),
        "es": _words("debe>puede; deben>pueden; puede>debe; pueden>deben; previsto>realizado;"
        " prevista>realizada")
        + _words("obligatorio>opcional; recomendado>exigido; será>es"),
    },
    "responsibility": {
        "en": [
            (r"the customer(?!s? (?:data|content|support|portal))(?!\w|['’])", "the provider"),
            (r"(?<!for )(?<!of )customers(?! data| content| support)(?=\s(?:can|may|must|are"
                r"|have|who|\w+s?\b))", "our engineers"),
            (r"the (?:provider|vendor|supplier)(?!\w|['’])", "the customer"),
            (r"we(?= \w)", "the customer"),
            (r"by us(?!\w)", "by the customer"), (r"by the customer(?!\w)", "by us"),
        ],
        "de": _words("der Kunde>der Anbieter; der Anbieter>der Kunde; dem Kunden>dem Anbieter;"
        " wir>die Kunden")
        + _words("die Kunden>die Mitarbeiter des Anbieters; vom Kunden>vom Anbieter;"
            " vom Anbieter>vom Kunden"),
        "fr": _words("le client>le fournisseur; le fournisseur>le client;"
        " le prestataire>le client; nous>le client"),
        "es": _words("el cliente>el proveedor; el proveedor>el cliente;"
        " los clientes>los proveedores"),
    },
    "frequency": {
        "en": _words("annually>monthly; annual>monthly; yearly>monthly; monthly>annually;"
        " quarterly>annually")
        + _words("weekly>monthly; daily>weekly; every month>every year; every year>every quarter")
        + _words("once a year>twice a year; twice a year>once a year; every quarter>every year")
        + _words("every night>every week; every day>every week; every week>every month;"
            " hourly>daily"),
        "de": _words("jährlich>monatlich; monatlich>jährlich; vierteljährlich>jährlich;"
        " wöchentlich>monatlich")
        + _words("täglich>wöchentlich; halbjährlich>jährlich; stündlich>täglich;"
            " jedes Jahr>jeden Monat")
        + _words("jeden Monat>jedes Jahr; jede Nacht>jede Woche; einmal im Jahr>zweimal im Jahr"),
        "fr": _words("annuellement>mensuellement; chaque année>chaque mois;"
        " chaque mois>chaque année")
        + _words("chaque trimestre>chaque année; chaque semaine>chaque mois;"
            " chaque jour>chaque semaine")
        + _words("chaque nuit>chaque semaine; une fois par an>deux fois par an; mensuel>annuel;"
            " annuel>mensuel"),
        "es": _words("anualmente>mensualmente; cada año>cada mes; cada mes>cada año;"
        " cada trimestre>cada año")
        + _words("cada semana>cada mes; cada día>cada semana; cada noche>cada semana;"
            " una vez al año>dos veces al año")
        + _words("diariamente>semanalmente; mensual>anual; anual>mensual"),
    },
}  # fmt: skip
#: Nothing of this stands in any library that the checks were made with.
INVENTED = {
    "en": (
        "A dedicated concierge accompanies every visitor through the archive.",
        "Facial recognition replaces passwords on all mobile devices.",
        "The management board rehearses every scenario with an external drama coach.",
        "Machine learning predicts hardware faults a fortnight ahead.",
        "Insurance premiums are refunded after each successful audit.",
        "Our laboratories publish open-source compilers for embedded chips.",
    ),
    "de": (
        "Ein eigener Begleitdienst führt Gäste durch das Archiv.",
        "Gesichtserkennung ersetzt das Kennwort auf Mobilgeräten.",
        "Versicherungsprämien werden nach bestandener Prüfung erstattet.",
        "Maschinelles Lernen sagt Schäden an Geräten vierzehn Tage vorher.",
    ),
    "fr": (
        "Un concierge accompagne les visiteurs dans les archives.",
        "La reconnaissance faciale remplace le mot de passe sur les mobiles.",
        "Les primes d'assurance sont remboursées après une inspection réussie.",
    ),
    "es": (
        "Un conserje acompaña a los visitantes por el archivo.",
        "El reconocimiento facial sustituye la contraseña en los móviles.",
        "Las primas del seguro se reembolsan tras una inspección correcta.",
    ),
}
