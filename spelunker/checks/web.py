"""Pages: policy, cookies, middleware, addresses, the admin, and where files lie."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

MIDDLEWARE = (
    "audit.middleware.RequestContext",
    "django.middleware.security.SecurityMiddleware",
    "spelunker.headers.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "spelunker.sessions.SessionLimits",
    "spelunker.sessions.LoginRequired",
    "spelunker.limits.RateLimits",
    "audit.middleware.Downloads",
)
#: Of them a policy needs its own value; the others fall back to default-src.
NO_FALLBACK = ("base-uri", "form-action", "frame-ancestors")


def content_security_policy(app_configs: Any, **_: Any) -> list[CheckMessage]:
    directives = settings.CONTENT_SECURITY_POLICY.get("DIRECTIVES", {})
    values = {str(value) for given in directives.values() for value in given}
    found: list[CheckMessage] = []
    if set(directives.get("default-src", [])) != {"'none'"} or any(
        name not in directives for name in NO_FALLBACK
    ):
        found.append(
            Error(
                "The content security policy does not begin with nothing.",
                hint=f"default-src 'none', and a value each for {', '.join(NO_FALLBACK)}.",
                id="spelunker.E001",
            )
        )
    if unsafe := sorted(v for v in values if v.startswith("'unsafe") or v in ("*", "https:")):
        found.append(
            Error(
                f"The content security policy allows {', '.join(unsafe)}.",
                hint="Scripts and styles are files of ours; nothing inline is needed.",
                id="spelunker.E002",
            )
        )
    if getattr(settings, "CONTENT_SECURITY_POLICY_REPORT_ONLY", None):
        found.append(Warning("A second policy only reports.", id="spelunker.W001"))
    return found


def cookies(app_configs: Any, **_: Any) -> list[CheckMessage]:
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    found: list[CheckMessage] = []
    if settings.SESSION_COOKIE_SECURE and not all(n.startswith("__Host-") for n in names):
        found.append(
            Error(
                "Cookies are not bound to this host.",
                hint="Under HTTPS their names begin with __Host-.",
                id="spelunker.E003",
            )
        )
    if settings.SESSION_COOKIE_DOMAIN or settings.CSRF_COOKIE_DOMAIN:
        found.append(
            Error(
                "Cookies are shared with other hosts of the domain.",
                hint="Leave SESSION_COOKIE_DOMAIN and CSRF_COOKIE_DOMAIN unset.",
                id="spelunker.E004",
            )
        )
    longest = 24 * 3600
    if not 0 < settings.SESSION_IDLE_SECONDS <= settings.SESSION_SECONDS <= longest:
        found.append(
            Warning(
                "Sessions last longer than a day, or have no end.",
                hint="Set SESSION_HOURS to 24 at most, SESSION_IDLE_HOURS to no more than that.",
                id="spelunker.W002",
            )
        )
    return found


def middleware(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """A middleware that somebody took out would be missed by no page."""
    missing = [name for name in MIDDLEWARE if name not in settings.MIDDLEWARE]
    return [
        Error(f"{name} is not in MIDDLEWARE.", hint="Put it back.", id="spelunker.E005")
        for name in missing
    ]


def hosts(app_configs: Any, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if loose := [host for host in settings.ALLOWED_HOSTS if host == "*" or host.startswith(".")]:
        found.append(
            Error(
                f"ALLOWED_HOSTS has {', '.join(loose)}.",
                hint="Name every host exactly: links in e-mails are made from it.",
                id="spelunker.E006",
            )
        )
    origins = settings.CSRF_TRUSTED_ORIGINS
    secure = settings.SESSION_COOKIE_SECURE
    if loose := [o for o in origins if "*" in o or (secure and not o.startswith("https://"))]:
        found.append(
            Error(
                f"CSRF_TRUSTED_ORIGINS has {', '.join(loose)}.",
                hint="Name every origin exactly, with https:// where HTTPS is on.",
                id="spelunker.E007",
            )
        )
    return found


def proxies(app_configs: Any, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.USE_X_FORWARDED_HOST or settings.USE_X_FORWARDED_PORT:
        found.append(
            Error(
                "The host is taken from a header that anybody can send.",
                hint="Leave USE_X_FORWARDED_HOST and USE_X_FORWARDED_PORT off.",
                id="spelunker.E008",
            )
        )
    if settings.SECURE_PROXY_SSL_HEADER and settings.TRUSTED_PROXIES < 1:
        found.append(
            Error(
                "X-Forwarded-Proto is believed although no proxy is declared.",
                hint="Set TRUSTED_PROXIES to how many proxies there are.",
                id="spelunker.E009",
            )
        )
    return found


def admin(app_configs: Any, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not getattr(settings, "MFA_REQUIRED_FOR_STAFF", False):
        found.append(
            Error(
                "Admins sign in with a password alone.",
                hint="Leave MFA_REQUIRED_FOR_STAFF on.",
                id="spelunker.E010",
            )
        )
    if not settings.ADMIN_PATH.endswith("/") or settings.ADMIN_PATH.startswith("/"):
        found.append(
            Error(
                "ADMIN_PATH is no path.",
                hint="Write it as in “back-office-7f3a/”: without / at the start, with one at "
                "the end.",
                id="spelunker.E011",
            )
        )
    return found


def media(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Uploaded files must only ever be handed out by a view that asks who wants them."""
    kept, public = Path(settings.MEDIA_ROOT).resolve(), Path(settings.STATIC_ROOT or "-").resolve()
    folders = [public, *(Path(str(folder)).resolve() for folder in settings.STATICFILES_DIRS)]
    if any(kept == each or kept.is_relative_to(each) or each.is_relative_to(kept)
           for each in folders):  # fmt: skip
        return [
            Error(
                "Uploaded files lie where files are served to everybody.",
                hint="Put MEDIA_ROOT outside STATIC_ROOT and the other way round.",
                id="spelunker.E012",
            )
        ]
    return []
