"""Sources are edited, switched on and off, and taken away."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from jobs.errors import AlreadyRunning
from jobs.responses import SeeOther, already_running
from solution_library.access import own_source_of
from solution_library.models import DocumentationSource, SyncEvery
from solution_library.source_forms import RemovalForm, SourceEditForm
from solution_library.syncs import removing
from solution_library.syncs.labels import pass_on
from solution_library.syncs.moving import SAME, CannotMove, move_along
from solution_library.syncs.schedule import next_time
from solution_library.views.sources import crumbs


@require_http_methods(["GET", "HEAD", "POST"])
def source_edit(request: HttpRequest, source_id: int) -> HttpResponse:
    source = own_source_of(request, source_id)
    form = SourceEditForm(request.POST or None, instance=source, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            return _save(request, form)
        except CannotMove as problem:
            form.add_error("fate", str(problem))
        except AlreadyRunning as running:
            return already_running(request, running)
    stored = DocumentationSource.objects.defer("credentials").get(pk=source_id)
    context = {
        "form": form, "source": stored, "crumbs": crumbs((stored.name, stored.get_absolute_url())),
        "has_secret": form.instance.pk and bool(form.instance.credentials),
    }  # fmt: skip
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "solution_library/source_edit.html", context, status=status)


@transaction.atomic
def _save(request: HttpRequest, form: SourceEditForm) -> HttpResponse:
    stored = DocumentationSource.objects.select_for_update(of=("self",)).get(pk=form.instance.pk)
    labels = stored.collection_id, set(stored.tags.values_list("pk", flat=True))
    location = form.cleaned_data["location"]
    source = form.save(commit=False)
    source.location = stored.location
    source.save(update_fields=form.columns())
    form.save_m2m()
    pass_on(source, *labels)
    if form.has_moved:
        fate = form.cleaned_data.get("fate") or SAME
        if fate == SAME:
            move_along(stored, location)
        else:
            removing.move(source, location, fate, request.user)
    messages.success(request, f"“{source.name}” was changed. The next sync works by it.")
    return SeeOther(source.get_absolute_url())


@require_POST
def source_switch(request: HttpRequest, source_id: int) -> HttpResponse:
    """Switch it on or off; `on` says which, so that a second click changes nothing."""
    source = own_source_of(request, source_id)
    on = request.POST.get("on") == "1"
    changes = {"is_active": on}
    if on and source.sync_every != SyncEvery.NEVER:
        changes["next_sync_at"] = next_time(source.sync_every)  # type: ignore[assignment]
    DocumentationSource.objects.filter(pk=source.pk).update(**changes)
    words = "is synced by itself again" if on else "is switched off; its documents stay"
    messages.success(request, f"“{source.name}” {words}.")
    return SeeOther(source.get_absolute_url())


@require_http_methods(["GET", "HEAD", "POST"])
def source_remove(request: HttpRequest, source_id: int) -> HttpResponse:
    source = own_source_of(request, source_id)
    form = RemovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = removing.start_removal(source, form.cleaned_data["fate"], request.user)
        except AlreadyRunning as running:
            return already_running(request, running)
        return SeeOther(job.get_absolute_url())
    context = {
        "form": form, "source": source, "counts": removing.count(source),
        "crumbs": crumbs((source.name, source.get_absolute_url())),
    }  # fmt: skip
    return render(request, "solution_library/source_remove.html", context)
