"""The offline provider and its models are there from the start, and are the defaults."""

from django.db import migrations

MODELS = [
    ("extractive-responder", "Built-in extractive responder (offline)", "chat", None, None, True),
    ("multilingual-e5-small-int8", "Multilingual E5 small (offline)", "embedding", 384, 512, True),
    ("all-minilm-l6-v2-int8", "MiniLM L6 v2, English (offline)", "embedding", 384, 256, False),
]


def add_builtin(apps, schema_editor):
    api, _ = apps.get_model("llm_manager", "LLMApi").objects.get_or_create(
        kind="builtin", defaults={"name": "Built-in (offline)", "max_concurrency": 2}
    )
    for model_id, name, kind, dimensions, window, default in MODELS:
        apps.get_model("llm_manager", "LLMModel").objects.get_or_create(
            api=api,
            model_id=model_id,
            defaults={
                "name": name,
                "kind": kind,
                "dimensions": dimensions,
                "context_window": window,
                "is_system_default": default,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("llm_manager", "0001_initial")]
    operations = [migrations.RunPython(add_builtin, migrations.RunPython.noop)]
