"""LLM APIs, their models, the books of their calls, and budgets."""

from llm_manager.models.apis import (
    ApiCheck,
    ApiGate,
    LLMApi,
    LLMModel,
    LLMModelQuerySet,
    ModelKind,
    PriceSource,
    ProviderKind,
    ValidationJob,
)
from llm_manager.models.budgets import Budget, BudgetAccount, BudgetStop, Estimate, Period
from llm_manager.models.defaults import DefaultChange, DefaultKind, PromptVersion, Trial
from llm_manager.models.usage import LLMUsage, Outcome

__all__ = [
    "ApiCheck",
    "ApiGate",
    "Budget",
    "BudgetAccount",
    "BudgetStop",
    "DefaultChange",
    "DefaultKind",
    "Estimate",
    "LLMApi",
    "LLMModel",
    "LLMModelQuerySet",
    "LLMUsage",
    "ModelKind",
    "Outcome",
    "Period",
    "PriceSource",
    "PromptVersion",
    "ProviderKind",
    "Trial",
    "ValidationJob",
]
