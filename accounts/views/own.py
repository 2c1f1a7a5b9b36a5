"""What a person sees and changes of their own account."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sessions, tokens
from accounts.access import own_sign_in_of, own_token_of
from accounts.errors import SecretUnreadable, TokenRefused
from accounts.forms.profile import ProfileForm, TokenForm
from accounts.models import ApiToken, Profile

SEE_OTHER = 303
NEWEST = 100


def _me(request: HttpRequest) -> Any:
    """Who is signed in; every page here needs that."""
    return request.user


def _posted(request: HttpRequest) -> Any:
    """None for a form that is only shown."""
    return request.POST if request.method == "POST" else None


def _back(name: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(name), status=SEE_OTHER)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, time zone, formats."""
    mine = Profile.objects.get_or_create(user=_me(request))[0]
    form = ProfileForm(_posted(request), instance=request.user, profile=mine)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved. It holds from now on.")
        return _back("accounts:profile")
    context = {"form": form, "here": "profile", "role": mine.get_role_display()}
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, sessions."""
    user = request.user
    kinds = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    context: dict[str, Any] = {
        "here": "security",
        "address": EmailAddress.objects.filter(user_id=user.pk).order_by("-primary").first(),
        "has_totp": Authenticator.Type.TOTP in kinds,
        "codes_left": _codes_left(user) if Authenticator.Type.RECOVERY_CODES in kinds else None,
        "must_have": settings.MFA_REQUIRED_FOR_STAFF and user.is_staff,
        "sign_ins": sessions.sign_ins_of(user),
        "this_session": request.session.session_key,
        "company": settings.OIDC_NAME if settings.OIDC_ENABLED else "",
        "connected": settings.OIDC_ENABLED
        and SocialAccount.objects.filter(user_id=user.pk).exists(),
        "can_mail": settings.EMAIL_CONFIGURED,
    }
    return render(request, "accounts/security.html", context)


def _codes_left(user: Any) -> int | None:
    """None too if they cannot be read with the keys of this process."""
    found = Authenticator.objects.get(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES)
    try:
        return len(found.wrap().get_unused_codes())
    except SecretUnreadable:
        return None


@require_POST
def session_end(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    sessions.end(own_sign_in_of(request, sign_in_id))
    messages.success(request, "That browser is signed out.")
    return _back("accounts:security")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Everywhere but here; this session gets a new key."""
    request.session.cycle_key()
    sessions.follow(request)
    count = sessions.end_all(request.user, but=request.session.session_key)
    done = "You are signed out everywhere else." if count else "You were signed in nowhere else."
    messages.success(request, done)
    return _back("accounts:security")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("raw")
def api_tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens. The answer to the POST that makes one is the only page that shows it."""
    form, raw = TokenForm(_posted(request)), ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            _, raw = tokens.make_token(
                request.user, name=data["name"], scopes=data["scopes"],
                expires_at=form.expires_at(),
            )  # fmt: skip
            form = TokenForm()
        except TokenRefused as refused:
            form.add_error(None, str(refused))
    mine = ApiToken.objects.filter(user=_me(request))[:NEWEST]
    context = {"form": form, "raw": raw, "tokens": mine, "here": "tokens"}
    status = 422 if form.is_bound else 201 if raw else 200
    return render(request, "accounts/tokens.html", context, status=status)


@require_POST
def token_revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    token = own_token_of(request, token_id)
    tokens.revoke(token, by=request.user)
    messages.success(request, f"“{token.name}” is revoked.")
    return _back("accounts:tokens")
