"""Says in the question's language that the evidence is in another: nothing is translated here."""

_CODES = ("en", "de", "fr", "es", "it", "pt", "nl")
#: What the languages of _CODES are called in each of them.
_NAMES = {
    "en": "English German French Spanish Italian Portuguese Dutch",
    "de": "Englisch Deutsch Französisch Spanisch Italienisch Portugiesisch Niederländisch",
    "fr": "anglais allemand français espagnol italien portugais néerlandais",
    "es": "inglés alemán francés español italiano portugués neerlandés",
    "it": "inglese tedesco francese spagnolo italiano portoghese olandese",
    "pt": "inglês alemão francês espanhol italiano português neerlandês",
    "nl": "Engels Duits Frans Spaans Italiaans Portugees Nederlands",
}
_SENTENCES = {
    "en": "The evidence is in {}; it is quoted as it stands, not translated.",
    "de": "Der Beleg ist auf {}; er wird im Original zitiert, nicht übersetzt.",
    "fr": "La source est en {} ; elle est citée telle quelle, sans traduction.",
    "es": "La evidencia está en {}; se cita tal cual, sin traducir.",
    "it": "La fonte è in {}; è citata così com’è, senza traduzione.",
    "pt": "A evidência está em {}; é citada tal como está, sem tradução.",
    "nl": "Het bewijs is in het {}; het wordt letterlijk geciteerd, niet vertaald.",
}


def evidence_is_in(language: str, asked_in: str | None) -> str:
    """The sentence for a question in `asked_in`; English for a language not known here."""
    said_in = asked_in if asked_in in _SENTENCES else "en"
    names = dict(zip(_CODES, _NAMES[said_in].split(), strict=True))
    return _SENTENCES[said_in].format(names[language])
