"""Which passages must be kept because something of another app refers to them for good."""

from functools import cache

from django.db.models import PROTECT, Exists, ForeignObjectRel, OuterRef, Q, QuerySet

from solution_library.models import Chunk


def held(chunks: QuerySet[Chunk]) -> QuerySet[Chunk]:
    """Those that citations, exported answers or findings rest on."""
    return chunks.filter(_is_held())


def not_held(chunks: QuerySet[Chunk]) -> QuerySet[Chunk]:
    """Those that may be deleted."""
    return chunks.exclude(_is_held())


def _is_held() -> Q:
    """True for what any protecting key of any app points to: this one need not know them."""
    found = Q()
    for relation in _protecting():
        rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        found |= Q(Exists(rows))
    return found


@cache
def _protecting() -> tuple[ForeignObjectRel, ...]:
    fields = Chunk._meta.get_fields(include_hidden=True)
    return tuple(
        field
        for field in fields
        if isinstance(field, ForeignObjectRel) and getattr(field, "on_delete", None) is PROTECT
    )
