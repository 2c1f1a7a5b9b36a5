"""Answering prompts: the versions, a new one, and which is the default."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jobs.responses import SeeOther
from llm_manager.access import may_manage
from llm_manager.defaults import (
    BUILT_IN_PROMPT,
    DefaultRefused,
    Option,
    change_prompt,
    default_guidance,
    grounds,
    present,
)
from llm_manager.models import DefaultKind, PromptVersion
from llm_manager.prompts import ANSWER_GUIDANCE, ANSWER_RULES
from rfp_manager.access import managed_prompt_of, must_manage
from rfp_manager.evaluation_forms import PromptForm

FOLDER = "rfp_manager/evaluations"


@require_safe
def prompts(request: HttpRequest) -> HttpResponse:
    versions = list(PromptVersion.objects.select_related("created_by")[:100])
    context = {
        "versions": versions,
        "built_in": ANSWER_GUIDANCE,
        "rules": ANSWER_RULES,
        "built_in_is_default": not any(version.is_default for version in versions),
        "may_manage": may_manage(request),
        "tab": "prompts",
    }
    return render(request, f"{FOLDER}/prompts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    must_manage(request)
    posted = request.method == "POST"
    present_text = default_guidance() or ANSWER_GUIDANCE
    form = PromptForm(request.POST) if posted else PromptForm(initial={"text": present_text})
    if posted and form.is_valid():
        made = PromptVersion.objects.create(created_by_id=request.user.pk, **form.cleaned_data)
        messages.success(request, f"“{made}” is saved. Evaluate it before it becomes the default.")
        return SeeOther(reverse("rfp_manager:prompts"))
    context = {"form": form, "rules": ANSWER_RULES}
    return render(request, f"{FOLDER}/prompt_new.html", context, status=422 if posted else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def default(request: HttpRequest, prompt_id: int) -> HttpResponse:
    """Ask for the default to move, with a reason where one is needed; 0 is the built-in prompt."""
    prompt = managed_prompt_of(request, prompt_id)
    name, refused = str(prompt or BUILT_IN_PROMPT), ""
    if request.method == "POST":
        try:
            change_prompt(prompt, user=request.user, reason=request.POST.get("reason", ""))
        except DefaultRefused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, f"“{name}” is the default now.")
            return SeeOther(reverse("rfp_manager:prompts"))
    after, before = Option(DefaultKind.PROMPT, prompt=prompt), present(DefaultKind.PROMPT)
    context = {
        "prompt_id": prompt_id,
        "name": name,
        "before": before.name,
        "against": grounds(before, after)[1],
        "refused": refused,
        "reason": request.POST.get("reason", ""),
    }
    status = 422 if refused else 200
    return render(request, f"{FOLDER}/prompt_default.html", context, status=status)
