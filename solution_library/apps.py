from django.apps import AppConfig


class SolutionLibraryConfig(AppConfig):
    name = "solution_library"
    verbose_name = "Solution library"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from llm_manager.defaults import MOVERS
        from solution_library import auditing, signals, source_troubles  # noqa: F401
        from solution_library.indexing.switching import move_default

        auditing.connect()
        source_troubles.connect()
        MOVERS["embedding"] = move_default
