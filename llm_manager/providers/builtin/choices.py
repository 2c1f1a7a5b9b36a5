"""Which of the buyer's allowed choices the quoted sentences support, if any."""

import re
from collections.abc import Sequence

from llm_manager.providers.builtin.polarity import Polarity, is_open_question, polarity
from llm_manager.providers.builtin.words import terms

EQUALLY = 0.15  # shares of the question's words that differ by less are alike

_MEANINGS: dict[Polarity, str] = {
    "yes": """yes|y|true|ja|oui|si|sí|sì|sim|da|да|tak|ano|igen|evet|kyllä|是|有|はい|예|네|نعم|
        fully|full|fully compliant|compliant|complies|comply|fully met|met|meets|supported|
        fully supported|implemented|fully implemented|in place|available|standard|included|
        agree|accept|accepted|erfüllt|vollständig erfüllt|vollständig|konform|vorhanden|
        conforme|cumple|totalmente|conform|voldoet""",
    "no": """no|n|false|nein|non|não|nee|nej|nie|нет|ne|nem|hayır|ei|否|无|いいえ|아니오|لا|
        none|not compliant|non compliant|noncompliant|does not comply|not met|does not meet|
        not supported|unsupported|not implemented|not in place|not available|unavailable|
        not included|disagree|reject|rejected|nicht erfüllt|nicht konform|nicht vorhanden|
        non conforme|no cumple|não conforme|niet conform|voldoet niet""",
    "partly": """partial|partially|partly|in part|partially compliant|partially met|
        partially supported|partially implemented|partial compliance|planned|teilweise|
        teilweise erfüllt|partiellement|parcial|parcialmente|parziale|parzialmente|gedeeltelijk|
        部分|一部|부분|частично|częściowo""",
}
_WORDS: dict[str, Polarity] = {
    " ".join(word.split()): meaning
    for meaning, group in _MEANINGS.items()
    for word in group.split("|")
}


def choice_meaning(choice: str) -> Polarity | None:
    """What a choice says: "Yes - please explain" is a yes; None for N/A, "Other", "AES-256"."""
    words = re.findall(r"[^\W_]+", choice.casefold())
    for length in range(min(4, len(words)), 0, -1):
        # "Y - explain" is a yes, but "N/A" is no "N".
        if words[0] in ("y", "n") and len(words) > 1 and len(words[1]) == 1:
            return None
        if meaning := _WORDS.get(" ".join(words[:length])):
            return meaning
    return None


def pick_choice(
    question: str, choices: Sequence[str], quotes: Sequence[tuple[str, str]], language: str
) -> str | None:
    """The choice that the quotes, as (context, sentence), support; None if they leave it open."""
    meanings = {choice: choice_meaning(choice) for choice in choices}
    if "yes" in meanings.values() and "no" in meanings.values():
        said = _said(question, quotes, language)
        fitting = [choice for choice, meaning in meanings.items() if said and meaning == said]
        return fitting[0] if fitting else None
    return _named_choice(choices, [text for _, text in quotes], language)


def _said(question: str, quotes: Sequence[tuple[str, str]], language: str) -> Polarity | None:
    """What the quotes say together: the one that speaks most of the question decides.

    Quotes that speak of it alike and disagree decide nothing.
    """
    if is_open_question(question):
        return None
    spoken = [polarity(question, text, language, context) for context, text in quotes]
    most = max((share for said, share in spoken if said), default=0.0)
    agreed = {said for said, share in spoken if said and share > most - EQUALLY}
    return agreed.pop() if len(agreed) == 1 else None


def _named_choice(choices: Sequence[str], quotes: Sequence[str], language: str) -> str | None:
    """The one choice whose words all stand in a quote ("AES-256", "Daily")."""
    for quote in quotes:
        words = set(terms(quote, language))
        named = [c for c in choices if (own := set(terms(c, language))) and own <= words]
        if len(named) == 1:
            return named[0]
        # "Daily backup" holds "Daily": the longest one that holds all others is meant.
        whole = [c for c in named if all(_holds(c, other, language) for other in named)]
        if len(whole) == 1:
            return whole[0]
    return None


def _holds(choice: str, other: str, language: str) -> bool:
    return set(terms(other, language)) <= set(terms(choice, language))
