from django.apps import AppConfig


class LLMManagerConfig(AppConfig):
    name = "llm_manager"
    verbose_name = "LLM manager"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from llm_manager import auditing, signals, tasks  # noqa: F401

        auditing.connect()
