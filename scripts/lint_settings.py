"""The real settings with the linter of migrations, for `scripts/lint` only."""

from spelunker.settings import *  # noqa: F403
from spelunker.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "django_migration_linter"]
#: Made before the first version that anybody could have been running while they were applied.
BEFORE_ANY_RELEASE = [
    "0001_initial", "0002_people", "0003_profiles_for_all", "0001_webhooks_and_idempotency",
    "0002_ratecount", "0002_lines_expiry_and_choices", "0003_schedules", "0004_totals",
    "0005_log_of_a_job", "0006_reminders", "0002_builtin_models", "0003_gates", "0004_money",
    "0005_listed_models", "0006_defaults", "0007_budget_stops", "0002_evaluations",
    "0003_library_scope", "0004_not_for_the_library", "0005_rfps_whole", "0006_changed_passages",
    "0007_measure_confidence", "0008_member_roles", "0002_schedules", "0003_embedding_indexes",
    "0004_move_vectors", "0005_chunks_without_vectors", "0006_library", "0007_word_segments",
    "0008_versions_and_reminders", "0009_schedule_of_sources", "0010_answer_library",
    "0011_half_vectors", "0012_question_pairs", "0013_information_documents",
    "0014_files_of_rfps",
]  # fmt: skip
MIGRATION_LINTER_OPTIONS = {
    "ignore_name": BEFORE_ANY_RELEASE,
    "include_apps": ["accounts", "api", "audit", "jobs", "llm_manager", "rfp_manager",
                     "solution_library"],
    "no_cache": True,
}  # fmt: skip
