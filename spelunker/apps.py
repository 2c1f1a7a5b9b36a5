from django.apps import AppConfig


class SpelunkerConfig(AppConfig):
    """The project itself as an app, for its commands, checks and wiring."""

    name = "spelunker"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from spelunker import alive, auditing, checks, limits, sessions  # noqa: F401
        from spelunker.observing import wiring

        alive.connect()
        auditing.connect()
        checks.connect()
        wiring.connect()
