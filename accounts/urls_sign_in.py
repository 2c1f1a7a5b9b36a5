"""The pages of allauth that are served here, under the names by which it finds them. All others,
sign-up first of all, do not exist."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from accounts.views import company, door, own

urlpatterns = [
    path("login/", door.sign_in, name="account_login"),
    path("login/", door.sign_in, name="login"),
    path("logout/", account.logout, name="account_logout"),
    path("logout/", account.logout, name="logout"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("login/code/", mfa.authenticate, name="mfa_authenticate"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    # --- password ---
    path("account/password/", account.password_change, name="account_change_password"),
    path("account/password/set/", account.password_set, name="account_set_password"),
    path("password/", door.needs_mail(account.password_reset), name="account_reset_password"),
    path(
        "password/sent/",
        door.needs_mail(account.password_reset_done),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    # --- e-mail address ---
    path("account/email/", door.needs_mail_signed_in(account.email), name="account_email"),
    path(
        "account/email/sent/",
        account.email_verification_sent,
        name="account_email_verification_sent",
    ),
    re_path(
        r"^account/email/confirm/(?P<key>[-:\w]+)/$",
        account.confirm_email,
        name="account_confirm_email",
    ),
    # --- second factor ---
    path("account/security/", own.security, name="mfa_index"),
    path("account/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    # --- the company's sign-in service ---
    path("login/with/<slug:provider_id>/", company.login, name="openid_connect_login"),
    path("login/with/<slug:provider_id>/back/", company.callback, name="openid_connect_callback"),
    path("login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/error/", login_not_required(social.login_error), name="socialaccount_login_error"),
    path("account/company/", social.connections, name="socialaccount_connections"),
]
