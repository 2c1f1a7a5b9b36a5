"""Writes down what becomes of the rows of a model, wherever it is done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models.signals import post_delete, post_save, pre_save

from audit.recording import record

NOTHING = object()


@dataclass(frozen=True)
class Tracked:
    """`fields` whose change is a “NAME.changed”; those in `special` have an action of their own;
    of those in `secret` the values are never written down."""

    name: str
    fields: Collection[str]
    special: Mapping[str, str] = field(default_factory=dict)
    secret: Collection[str] = ()
    created: bool = True
    deleted: bool = True

    @property
    def watched(self) -> list[str]:
        return [*self.fields, *self.special]


def track(model: type[models.Model], tracked: Tracked) -> None:
    """From now on. Once for a model; `QuerySet.update` and `bulk_create` go past it."""
    key = f"audit-{model._meta.label_lower}"

    def before(instance: models.Model, raw: bool = False, **more: Any) -> None:
        instance.__dict__["_audit_before"] = None if raw else _before(instance, tracked, more)

    def after(instance: models.Model, created: bool, raw: bool = False, **_: Any) -> None:
        if not raw:
            _saved(instance, tracked, created)

    def gone(instance: models.Model, **_: Any) -> None:
        record(f"{tracked.name}.deleted", actor=None, target=instance)

    pre_save.connect(before, sender=model, weak=False, dispatch_uid=f"{key}-before")
    post_save.connect(after, sender=model, weak=False, dispatch_uid=f"{key}-after")
    if tracked.deleted:
        post_delete.connect(gone, sender=model, weak=False, dispatch_uid=f"{key}-gone")


def _before(
    instance: models.Model, tracked: Tracked, more: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The watched values as they are in the database, None if none of them is being saved."""
    named = more.get("update_fields")
    deferred = instance.get_deferred_fields()  # they are not saved
    asked = [
        name
        for name in tracked.watched
        if (named is None or name in named)
        and name not in deferred
        and f"{name}_id" not in deferred
    ]
    if instance._state.adding or instance.pk is None or not asked:
        return None
    manager = type(instance)._base_manager
    old = manager.filter(pk=instance.pk).defer(*tracked.secret).first()
    return {name: _value(old, name) for name in asked} if old else None


def _value(row: models.Model, name: str) -> Any:
    try:
        return getattr(row, str(getattr(row._meta.get_field(name), "attname", name)))
    except Exception:  # noqa: BLE001 - a secret that cannot be read any more is another one
        return NOTHING


def _saved(instance: models.Model, tracked: Tracked, created: bool) -> None:
    before = instance.__dict__.pop("_audit_before", None)
    if created and tracked.created:
        record(f"{tracked.name}.created", actor=None, target=instance)
    if not created and before:
        _changed(instance, tracked, before)


def _changed(instance: models.Model, tracked: Tracked, before: dict[str, Any]) -> None:
    changes: dict[str, dict[str, Any]] = {}
    for name, old in before.items():
        new = _value(instance, name)
        if old != new:
            action = tracked.special.get(name, f"{tracked.name}.changed")
            hidden = name in tracked.secret
            told = "changed" if hidden else {"from": _plain(old), "to": _plain(new)}
            changes.setdefault(action, {})[name] = told
    for action, details in changes.items():
        record(action, actor=None, target=instance, details={"fields": _listed(details)})


def _listed(details: dict[str, Any]) -> list[dict[str, Any]]:
    """Names as values: as keys, one like “api_key” would hide even that it was changed."""
    return [
        {"name": name} | (told if isinstance(told, dict) else {"now": told})
        for name, told in details.items()
    ]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | list | dict) else str(value)
