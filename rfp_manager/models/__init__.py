from rfp_manager.models.answers import (
    Answer,
    AnswerOutcome,
    AnswerState,
    AnswerVersion,
    Citation,
    Review,
    Verdict,
)
from rfp_manager.models.rfps import (
    RFP,
    ExportJob,
    InformationDocument,
    Question,
    RFPBatchJob,
    Section,
    SummaryJob,
)

__all__ = [
    "RFP",
    "Answer",
    "AnswerOutcome",
    "AnswerState",
    "AnswerVersion",
    "Citation",
    "ExportJob",
    "InformationDocument",
    "Question",
    "RFPBatchJob",
    "Review",
    "Section",
    "SummaryJob",
    "Verdict",
]
