from django.apps import AppConfig


class RFPManagerConfig(AppConfig):
    name = "rfp_manager"
    verbose_name = "RFP manager"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from jobs import finding
        from rfp_manager import auditing, subjects  # noqa: F401
        from rfp_manager.answer_uses import uses_of_answer
        from rfp_manager.document_uses import uses_of_document
        from rfp_manager.due_assignments import reminders as due_reminders
        from rfp_manager.evaluating import subjects as evaluations  # noqa: F401
        from rfp_manager.library_scope import readable_information
        from rfp_manager.models.rfps import QUESTIONNAIRES
        from rfp_manager.models.work import may_change_reading
        from rfp_manager.reading import files_of_rfps
        from rfp_manager.submitting import exports_to_keep
        from rfp_manager.telling import reminders, tell_of_changes
        from solution_library import left_over, reminding, rereading, usage
        from solution_library.answers import uses
        from solution_library.models.documents import INFORMATION_READERS
        from solution_library.models.sources import INFORMATION_KEEPERS

        auditing.connect()
        INFORMATION_READERS.append(readable_information)
        INFORMATION_KEEPERS.append(may_change_reading)
        finding.KEEPERS.append(exports_to_keep)
        left_over.FOLDERS[QUESTIONNAIRES] = files_of_rfps
        reminding.FINDERS.append(reminders)
        reminding.FINDERS.append(due_reminders)
        rereading.LISTENERS.append(tell_of_changes)
        usage.FINDERS.append(uses_of_document)
        uses.FINDERS.append(uses_of_answer)
