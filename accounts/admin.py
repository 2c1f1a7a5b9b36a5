"""Accounts in Django's admin: nobody signs in there another way, and nothing is done there that
the people page refuses."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.db import transaction
from django.http import HttpRequest

from accounts.errors import PersonRefused
from accounts.people import check_may_go

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Seeds of codes and secrets of services are not for reading.
for model in (Authenticator, SocialApp, SocialToken, SocialAccount, EmailAddress):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """The last active admin stays one."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if data is not None and not (data.get("is_active") and data.get("is_staff")):
            try:
                with transaction.atomic():
                    check_may_go(self.instance)
            except PersonRefused as refused:
                raise forms.ValidationError(str(refused)) from refused
        return data


User = get_user_model()
if admin.site.is_registered(User):
    admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    """As Django's; people who leave are deactivated on the people page, not deleted."""

    form = PersonForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What somebody made, and who made it, is kept."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Checked again under the lock that it is written under."""
        try:
            with transaction.atomic():
                if change and not (obj.is_active and obj.is_staff):
                    check_may_go(obj)
                super().save_model(request, obj, form, change)
        except PersonRefused as refused:
            messages.error(request, str(refused))
