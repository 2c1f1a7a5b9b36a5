"""To the company's sign-in service and back."""

import logging

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts.errors import AccountRefused
from accounts.oidc import CompanyAdapter

logger = logging.getLogger(__name__)
#: An answer that never came (the errors of `requests` are OSErrors), or makes no sense.
TROUBLE = (OSError, OAuth2Error, AccountRefused, ValueError, KeyError)


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """GET asks, POST goes: else any page could send somebody there. The way on is a page with a
    link: browsers that obey `form-action` do not follow a form to another site."""
    answer = _through(OAuth2LoginView, request, provider_id)
    if request.method == "POST" and answer.status_code == 302:
        there = answer["Location"]
        if not there.startswith("/"):
            return render(request, "accounts/forward.html", {"there": there})
    return answer


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _through(OAuth2CallbackView, request, provider_id)


def _through(
    kind: type[OAuth2LoginView] | type[OAuth2CallbackView], request: HttpRequest, provider_id: str
) -> HttpResponse:
    try:
        answer: HttpResponse = kind.adapter_view(CompanyAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404("No sign-in service is set up.") from error
    except TROUBLE as error:
        logger.warning("The sign-in service gave no good answer: %s", type(error).__name__)
        return HttpResponseRedirect(reverse("socialaccount_login_error"))
    return answer
