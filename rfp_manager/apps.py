from django.apps import AppConfig


class RFPManagerConfig(AppConfig):
    name = "rfp_manager"
    verbose_name = "RFP manager"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from jobs import finding
        from rfp_manager import subjects  # noqa: F401
        from rfp_manager.answer_uses import uses_of_answer
        from rfp_manager.document_uses import uses_of_document
        from rfp_manager.evaluating import subjects as evaluations  # noqa: F401
        from rfp_manager.submitting import exports_to_keep
        from rfp_manager.telling import reminders, tell_of_changes
        from solution_library import reminding, rereading, usage
        from solution_library.answers import uses

        finding.KEEPERS.append(exports_to_keep)
        reminding.FINDERS.append(reminders)
        rereading.LISTENERS.append(tell_of_changes)
        usage.FINDERS.append(uses_of_document)
        uses.FINDERS.append(uses_of_answer)
