"""What a tender demands, by the words that demand it in English, German, French, Spanish, Italian
and Dutch."""

import re

from rfp_manager.information.units import Unit

_DEMANDS = re.compile(
    r"\b(?:shall|must|(?:is|are) (?:required|obliged) to|(?:is|are) mandatory|"
    r"has to|have to|muss|müssen|(?:ist|sind) zu \w+en|(?:ist|sind) (?:zwingend|verpflichtend|"
    r"verpflichtet)|(?:ist|sind) [^.;]{1,80} zu \w+en\b|hat [^.;]{1,80} zu \w+en\b|"
    r"doit|doivent|devra|devront|est tenue? de|sont tenue?s de|deber[áa]n?|debe|deben|"
    r"deve|devono|dovrà|dovranno|dient|dienen|moet|moeten)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
FEWEST_WORDS = 5
LONGEST = 1500


def is_requirement(unit: Unit) -> bool:
    """Whether a statement demands something, and says so in a whole sentence."""
    words = unit.words
    if len(words) > LONGEST or words.endswith("?"):
        return False
    return bool(_DEMANDS.search(words)) and len(_WORD.findall(words)) >= FEWEST_WORDS
