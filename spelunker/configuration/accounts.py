"""Settings of sign-in, second factors and the company's own sign-in service (OpenID Connect)."""

import os
from typing import Any

import environ

_env = environ.FileAwareEnv()
_PRODUCTION = bool(os.environ.get("SPELUNKER_PRODUCTION"))
_MAIL = bool(_env.str("EMAIL_URL", default=""))

ACCOUNT_APPS = ["allauth", "allauth.account", "allauth.mfa", "allauth.socialaccount",
                "allauth.socialaccount.providers.openid_connect"]  # fmt: skip
#: After the sign-in of the session is known.
ACCOUNT_MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.Personal",
    "accounts.middleware.SecondFactor",
]
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]

# --- passwords --------------------------------------------------------------------------
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email", "username*", "password1*"]
ACCOUNT_FORMS = {
    "login": "accounts.forms.sign_in.SignInForm",
    "reset_password": "accounts.forms.sign_in.ResetForm",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _env.bool("HTTPS", default=False) else "http"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
#: Never "mandatory": a mail server that is away would lock everybody out. What hangs on an
#: address (a new password, the sign-in service, an invitation) asks for a verified one itself.
ACCOUNT_EMAIL_VERIFICATION = "optional" if _MAIL else "none"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = _MAIL
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_USERNAME_MIN_LENGTH = 2
#: Failed sign-ins are counted in the database (accounts/guard.py), so that they can be made while
#: Memcached is away; what remains here is less than signing in.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}

# --- second factors ---------------------------------------------------------------------
MFA_ADAPTER = "accounts.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "accounts.forms.factors.CodeForm",
    "reauthenticate": "accounts.forms.factors.CodeAgainForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
#: Addresses can only be verified where mail is sent; see the note on verification above.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_REQUIRED_FOR_STAFF = _env.bool("MFA_REQUIRED_FOR_STAFF", default=_PRODUCTION)

# --- the company's own sign-in service --------------------------------------------------
OIDC_NAME = _env.str("OIDC_NAME", default="") or "Company account"
OIDC_SERVER_URL = _env.str("OIDC_SERVER_URL", default="").rstrip("/")
OIDC_CLIENT_ID = _env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = _env.str("OIDC_CLIENT_SECRET", default="")
OIDC_ALLOWED_DOMAINS = [d.lower() for d in _env.list("OIDC_ALLOWED_DOMAINS", default=[])]
#: The claim that holds somebody's groups, and which of them has which role: "group=role,…".
OIDC_ROLE_CLAIM = _env.str("OIDC_ROLE_CLAIM", default="")
OIDC_ROLES = _env.dict("OIDC_ROLES", default={})
OIDC_ENABLED = bool(OIDC_SERVER_URL and OIDC_CLIENT_ID)

SOCIALACCOUNT_ADAPTER = "accounts.oidc.OidcAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "company",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_ENABLED
        else [],
    }
}
