"""Cookies, sessions, headers, rate limits, and what the start-up checks look at."""

from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF

_env = environ.FileAwareEnv()
_HTTPS = _env.bool("HTTPS", default=False)

#: How many proxies stand before the web process; each appends to X-Forwarded-For.
TRUSTED_PROXIES = _env.int("TRUSTED_PROXIES", default=0)

# -- sessions -------------------------------------------------------------------------------
#: The browser takes a cookie of this name only over TLS, for this host and for all its paths.
SESSION_COOKIE_NAME = "__Host-session" if _HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _HTTPS else "csrftoken"
SESSION_SECONDS = int(_env.float("SESSION_HOURS", default=12) * 3600)
SESSION_IDLE_SECONDS = int(_env.float("SESSION_IDLE_HOURS", default=2) * 3600)
SESSION_COOKIE_AGE = SESSION_SECONDS

# -- headers --------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "report-uri": ["/csp-report/"],
    }
}
#: Nothing of what a browser can ask of its machine is used here.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture",
        "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
        "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "screen-wake-lock", "serial", "usb", "web-share", "xr-spatial-tracking",
    )
)  # fmt: skip
#: mailto: or https: address for /.well-known/security.txt; without one there is no such file.
SECURITY_CONTACT = _env.str("SECURITY_CONTACT", default="")

# -- uploads ----------------------------------------------------------------------------------
#: ClamAV's daemon: host:port, or the path of its socket. Empty: files are not scanned.
CLAMAV_ADDRESS = _env.str("CLAMAV_ADDRESS", default="").strip()
#: For one file, from the first byte to the verdict.
CLAMAV_SECONDS = _env.float("CLAMAV_SECONDS", default=30)
#: No more than StreamMaxLength of clamd.conf.
CLAMAV_MAX_MB = _env.int("CLAMAV_MAX_MB", default=50)
#: Without a clear word from the scanner a file is refused; False: taken, and noted.
CLAMAV_REQUIRED = _env.bool("CLAMAV_REQUIRED", default=True)

#: What one person may have at most; 0: without limit. See accounts/quotas.py.
QUOTAS = {
    "documents": _env.int("QUOTA_DOCUMENTS", default=20_000),
    "megabytes": _env.int("QUOTA_MEGABYTES", default=20_000),
    "sources": _env.int("QUOTA_SOURCES", default=200),
    "rfps": _env.int("QUOTA_RFPS", default=2_000),
    "jobs": _env.int("QUOTA_JOBS", default=10_000),
}

# -- rate limits: how often in how many seconds; 0 times means without limit -------------------
RATE_LIMITS = {
    # Over all accounts; of one account see accounts/guard.py.
    "sign_in_address": (_env.int("LIMIT_SIGN_IN_PER_ADDRESS", default=60), 600),
    "upload": (_env.int("LIMIT_UPLOADS", default=600), 60),
    "export": (_env.int("LIMIT_EXPORTS", default=30), 60),
    "search": (_env.int("LIMIT_SEARCHES", default=240), 60),
    "csp_report": (_env.int("LIMIT_CSP_REPORTS", default=20), 60),
}
