"""Whether a sentence affirms or denies what a question asks, by the negations in its clauses."""

import re
from typing import Literal

from llm_manager.providers.builtin.words import terms

Polarity = Literal["yes", "no", "partly"]

_NEGATIONS = re.compile(
    r"""
    \b(?: not | never | none | neither | nor | cannot | unable | lacks? | lacking
      | unsupported | unavailable | impossible | \w+n['’]t
      | nicht | nie | niemals | unmöglich
      | ne | pas | jamais
      | nunca | tampoco | imposible
      | non | mai
      | não
      | niet | nooit )\b
    | \bn['’](?=\w) | 不 | 没有 | 無し | なし | ない | ません | 않 | 없
    """,
    re.VERBOSE | re.IGNORECASE,
)
# They deny the words that follow at once: "no breach" denies a breach, "at no cost" nothing.
_DENIED_THING = re.compile(
    r"""
    \b(?: no | without | kein\w* | ohne | aucune? | sans | ning[uú]n\w* | sin | nessun\w* | senza
      | nenhum\w* | sem | geen | zonder )\b [^\w.,;]+ ((?: [^\W_]+ \W{1,2} ){0,3} [^\W_]+ )
    """,
    re.VERBOSE | re.IGNORECASE,
)
# To prevent a thing is to deny it; not to prevent it is to allow it.
_PREVENTIONS = re.compile(
    r"""
    \b(?: prevent\w* | prohibit\w* | forbid\w* | forbad\w* | refus\w* | block(?:s|ed|ing)? | stops?
      | stopped | protect\w*\ (?:\w+\ ){0,3}(?:against|from)
      | verhinder\w* | verbot\w* | untersag\w*
      | empêch\w* | interdi\w* | impid\w* | impedi\w* | prohíb\w* | voorkom\w* | verboden )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
# They hold a negation's word and deny nothing.
_HARMLESS = re.compile(
    r"""
    \b(?: not\ only | not\ just | not\ limited\ to | not\ least | no\ (?:later|longer|more|less
      |fewer|greater)\ than | no\ more\ | whether\ or\ not | or\ not\b
      | if\ not | without\ exception
      | not\ necessarily | nicht\ nur | no\ sólo | no\ solo | non\ solo | não\ só | niet\ alleen
      | non[\ -]seulement | pas\ seulement | why\ not )\b
    | \bno\.\ (?=\d) | \bnon-(?=\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SWITCHED_OFF = re.compile(
    r"\b(?:disabled|turned off|switched off|deaktiviert|désactivée?)\b", re.IGNORECASE
)
_PARTLY = re.compile(
    r"""
    \b(?: partial(?:ly)? | in\ part | planned | roadmap | in\ progress | under\ development
      | work\ in\ progress | not\ yet | experimental | (?:in|on)\ some\ cases | limited\ support
      | teilweise | geplant | partiellement | prévue? | parcial\w* | parzial\w* | gedeeltelijk )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DEFAULT = re.compile(r"\b(?:default|standardmäßig|par défaut|por defecto|predefinit\w*)", re.I)
_SIDE_CLAUSE = re.compile(
    r",?\s(?:who|which|that|whose|where|when|if|including|such as|and (?:how|what|which|who|may)"
    r"|die|der|das|wenn|sowie|einschließlich|qui|que|dont|si|y compris|incluyendo|che|inclus\w*)\s",
    re.IGNORECASE,
)
FEWEST_SHARED = 0.5  # of the question's words; a sentence that shares less speaks of another thing
_CLAUSE_END = re.compile(
    r"[;:()–—]|,\s|\s(?:but|while|whereas|unless|although|though|because|since|so that|aber|sondern"
    r"|während|mais|tandis|pero|mientras|porque|ma|perché|mas|porém|maar|terwijl)\s",
    re.IGNORECASE,
)
_OPEN_QUESTION = re.compile(
    r"\A\W*(?:what|which|how|who|whom|whose|where|when|why|describe|provide|list|explain|please"
    r"|was|welche\w*|wie|wer|wo|wann|warum|beschreib\w*|quel\w*|comment|qui|où|quand|pourquoi"
    r"|qué|cuál\w*|cómo|quién|dónde|cuándo|quale|quali|come|chi|dove|qual|quais|como|quem|onde"
    r"|wat|welke|hoe|waar|wanneer)\b",
    re.IGNORECASE,
)


def is_open_question(question: str) -> bool:
    """Whether yes and no are no answers to it ("How ...", "Describe ...")."""
    return bool(_OPEN_QUESTION.match(question))


def is_negated(text: str, about: set[str] | None = None, language: str = "en") -> bool:
    """Whether the text denies something, or prevents it; "not only" and their like do not count.

    With `about` (stemmed words) a "no" counts only where it stands before one of them.
    """
    plain = _HARMLESS.sub(" ", text)
    denied = _DENIED_THING.finditer(plain)
    things = any(about is None or about & set(terms(match[1], language)) for match in denied)
    explicit = bool(_NEGATIONS.search(plain)) or things
    return explicit != bool(_PREVENTIONS.search(plain))


def main_question(question: str, language: str) -> str:
    """The first question of several, without its relative clauses where enough is left."""
    asked = re.split(r"(?<=[?？])", question)[0]
    main = _SIDE_CLAUSE.split(asked)[0]
    return main if len(set(terms(main, language))) >= 2 else asked


def polarity(
    question: str, sentence: str, language: str, context: str = ""
) -> tuple[Polarity | None, float]:
    """What the sentence says to a yes-or-no question, and the share of its words it holds.

    None where it says too little, or where it does not speak of the default that is asked for.
    A sentence under a `context` that asks the same answers it, whatever its own words.
    """
    question = main_question(question, language)
    asked = set(terms(question, language))
    clause = nearest_clause(asked, sentence, language)
    share = _share(asked, clause, language)
    if context.endswith(("?", "？")):
        share = max(share, _share(asked, context, language))
    if share < FEWEST_SHARED or (_DEFAULT.search(question) and not _DEFAULT.search(sentence)):
        return None, share
    if _PARTLY.search(clause) and not _PARTLY.search(question):
        return "partly", share
    denies = is_negated(clause, asked, language) != is_negated(question)
    if bool(_SWITCHED_OFF.search(clause)) != bool(_SWITCHED_OFF.search(question)):
        denies = not denies
    return ("no" if denies else "yes"), share


def _share(asked: set[str], text: str, language: str) -> float:
    return len(asked & set(terms(text, language))) / (len(asked) or 1)


def nearest_clause(asked: set[str], sentence: str, language: str) -> str:
    """The clause that shares most words with the question, with what stands before a comma.

    A clause of the question's words alone would lose the "not" of "It is not, by default, on".
    """
    bounds = [0, *(match.end() for match in _CLAUSE_END.finditer(sentence)), len(sentence)]
    clauses = [sentence[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    best = max(clauses, key=lambda clause: len(asked & set(terms(clause, language))))
    return best if len(asked & set(terms(best, language))) >= 2 else sentence
