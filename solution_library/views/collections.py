"""Collections and tags: listed, made, changed, merged, removed."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Role
from jobs.access import check_may_write, must_be
from jobs.responses import SeeOther
from solution_library.access import collection_of, own_collection_of, own_tag_of
from solution_library.collecting import (
    CollectingRefused,
    delete_group,
    may_manage_collection,
    merge_tags,
    save_collection,
    save_tag,
)
from solution_library.document_forms import CollectionForm, MergeForm, TagForm
from solution_library.models import Collection, Tag
from solution_library.queries import files_seen
from solution_library.views.tabs import library_tabs

FORM = ["GET", "HEAD", "POST"]
NAV = {"nav_view": "solution_library:documents"}


# -- collections ---------------------------------------------------------------------------
@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    listed = Collection.objects.for_user(request.user).annotate(
        document_count=files_seen(request.user),
        member_count=Count("members", distinct=True),
    )
    context = {"rows": list(listed), "tabs": library_tabs(request, "collections"), **NAV}
    return render(request, "solution_library/collections.html", context)


@require_http_methods(FORM)
def collection_new(request: HttpRequest) -> HttpResponse:
    must_be(request, Role.CONTRIBUTOR)
    return _collection_form(request, Collection())


@require_http_methods(FORM)
def collection(request: HttpRequest, collection_id: int) -> HttpResponse:
    """A collection's settings; for who may not change them, only what they are."""
    shown = collection_of(request, collection_id)
    if request.method == "POST":
        return _collection_form(request, own_collection_of(request, collection_id))
    if may_manage_collection(request.user, shown):
        return _collection_form(request, shown)
    context = {"collection": shown, "crumbs": _crumbs("collections"), **NAV}
    return render(request, "solution_library/collection.html", context)


def _collection_form(request: HttpRequest, collection: Collection) -> HttpResponse:
    form = CollectionForm(request.POST or None, instance=collection)
    if request.method == "POST" and form.is_valid():
        members = list(form.cleaned_data["members"])
        try:
            save_collection(form.save(commit=False), user=request.user, members=members)
        except CollectingRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{collection.name}” is saved.")
            return SeeOther(reverse("solution_library:collections"))
    context = {"form": form, "collection": collection, "may_manage": True,
               "crumbs": _crumbs("collections"), **NAV}  # fmt: skip
    status = 422 if form.is_bound else 200
    return render(request, "solution_library/collection.html", context, status=status)


def _crumbs(name: str) -> list[tuple[str, str]]:
    return [("Library", reverse("solution_library:documents")),
            (name.capitalize(), reverse(f"solution_library:{name}"))]  # fmt: skip


@require_POST
def collection_delete(request: HttpRequest, collection_id: int) -> HttpResponse:
    return _delete(request, own_collection_of(request, collection_id), "collections")


def _delete(request: HttpRequest, group: Collection | Tag, back: str) -> HttpResponse:
    try:
        count = delete_group(group, request.user)
    except CollectingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        kept = f" Its {count} documents stay." if count else ""
        messages.success(request, f"“{group.name}” is removed.{kept}")
    return SeeOther(reverse(f"solution_library:{back}"))


# -- tags ----------------------------------------------------------------------------------
@require_http_methods(FORM)
def tags(request: HttpRequest) -> HttpResponse:
    check_may_write(request)
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        return SeeOther(reverse("solution_library:tags"))
    others = ~Q(documents__owner=request.user.pk) & Q(documents__isnull=False)
    listed = Tag.objects.annotate(
        document_count=files_seen(request.user),
        of_others=Count("documents", filter=others, distinct=True),
    )
    context = {"rows": list(listed), "form": form, "tabs": library_tabs(request, "tags"), **NAV}
    status = 422 if form.is_bound else 200
    return render(request, "solution_library/tags.html", context, status=status)


def _kept(request: HttpRequest, form: TagForm) -> bool:
    try:
        save_tag(form.instance)
    except CollectingRefused as refusal:
        form.add_error("name", str(refusal))
        return False
    messages.success(request, f"“{form.instance.name}” is saved.")
    return True


@require_http_methods(FORM)
def tag(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Rename a tag, merge it into another, or remove it."""
    shown = own_tag_of(request, tag_id)
    form = TagForm(request.POST or None, instance=shown)
    if request.method == "POST" and form.is_valid() and _kept(request, form):
        return SeeOther(reverse("solution_library:tags"))
    context = {"form": form, "tag": shown, "merge": MergeForm(tag=shown),
               "crumbs": _crumbs("tags"), **NAV}  # fmt: skip
    status = 422 if form.is_bound else 200
    return render(request, "solution_library/tag.html", context, status=status)


@require_POST
def tag_merge(request: HttpRequest, tag_id: int) -> HttpResponse:
    shown = own_tag_of(request, tag_id)
    form = MergeForm(request.POST, tag=shown)
    if not form.is_valid():
        messages.error(request, "Choose the tag to merge it into.")
        return SeeOther(reverse("solution_library:tag", args=[tag_id]))
    into = form.cleaned_data["into"]
    try:
        count = merge_tags(shown, into)
    except CollectingRefused as refusal:
        messages.error(request, str(refusal))
        return SeeOther(reverse("solution_library:tags"))
    words = f"{count} document{pluralize(count)}"
    messages.success(request, f"“{shown.name}” is merged into “{into.name}”: {words}.")
    return SeeOther(reverse("solution_library:tags"))


@require_POST
def tag_delete(request: HttpRequest, tag_id: int) -> HttpResponse:
    return _delete(request, own_tag_of(request, tag_id), "tags")
