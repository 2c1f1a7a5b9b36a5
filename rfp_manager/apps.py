from django.apps import AppConfig


class RFPManagerConfig(AppConfig):
    name = "rfp_manager"
    verbose_name = "RFP manager"
    default_auto_field = "django.db.models.BigAutoField"
