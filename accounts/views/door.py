"""Signing in, and coming in by an invitation."""

from functools import wraps
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import invitations
from accounts.errors import InvitationRefused
from accounts.forms.people import JoinForm

BACKEND = "accounts.backends.Backend"


class SignInView(LoginView):  # type: ignore[misc]
    """By password, or on to the company's sign-in service."""

    template_name = "registration/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wished = self.request.POST.get("next") or self.request.GET.get("next", "")
        ours = {
            "next": wished, "can_mail": settings.EMAIL_CONFIGURED,
            "company": settings.OIDC_NAME if settings.OIDC_ENABLED else "",
        }  # fmt: skip
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | ours


sign_in = SignInView.as_view()


def needs_mail(view: Any) -> Any:
    """Where no e-mail is sent, the page says whom to ask instead."""

    @login_not_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.EMAIL_CONFIGURED:
            return render(request, "accounts/no_mail.html", status=404)
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    return wrapped


def needs_mail_signed_in(view: Any) -> Any:
    """The same for a page of somebody who is signed in."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = needs_mail(view)(request, *args, **kwargs)
        return answer

    return wrapped


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link."""
    invitation = invitations.by_token(token)
    if invitation is None:
        return render(request, "accounts/join_gone.html", {"text": invitations.GONE}, status=404)
    if request.user.is_authenticated:
        text = "You are signed in already. Sign out to use this invitation for a new account."
        return render(request, "accounts/join_gone.html", {"text": text}, status=409)
    posted = request.POST if request.method == "POST" else None
    form = JoinForm(posted, initial={"username": invitation.email.partition("@")[0]})
    if request.method == "POST" and form.is_valid():
        answer = _join(request, token, form)
        if answer is not None:
            return answer
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/join.html", context, status=422 if form.is_bound else 200)


def _join(request: HttpRequest, token: str, form: JoinForm) -> HttpResponse | None:
    data = form.cleaned_data
    try:
        user = invitations.accept(
            token, username=data["username"], name=data["name"], password=data["password"]
        )
    except InvitationRefused as refused:
        page = {"text": str(refused)}
        return render(request, "accounts/join_gone.html", page, status=409)
    except IntegrityError:
        form.add_error("username", "Somebody has just taken this user name. Choose another one.")
        return None
    login(request, user, backend=BACKEND)
    messages.success(request, "Welcome to Spelunker. Your account is made.")
    return HttpResponseRedirect(reverse("home"), status=303)
