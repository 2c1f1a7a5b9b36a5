"""What a model's reply has become: a draft of an answer, checked."""

from dataclasses import dataclass, field
from typing import Any

from rfp_manager.citing import Cited
from rfp_manager.grounding import Finding


@dataclass(frozen=True)
class Draft:
    """A checked draft."""

    text: str
    choice: str
    outcome: str
    explanation: str
    confidence: float | None
    citations: list[Cited] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    #: What its confidence is computed from (rfp_manager/confidence.py).
    signals: dict[str, Any] = field(default_factory=dict)
