"""Where every page of Spelunker is found."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from spelunker import audit_pages, health, metrics, reports, views
from spelunker.operating.views import operations

handler500 = "spelunker.middleware.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("livez", health.healthz, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("operations/", operations, name="operations"),
    path("metrics", metrics.metrics, name="metrics"),
    path("audit/", audit_pages.audit, name="audit"),
    path("audit/csv/", audit_pages.audit_csv, name="audit_csv"),
    path("csp-report/", reports.csp_report, name="csp_report"),
    path(".well-known/security.txt", reports.security_txt, name="security_txt"),
    path("", include("accounts.urls_sign_in")),
    path("", include("accounts.urls")),
    path("jobs/", include("jobs.urls")),
    path("library/", include("solution_library.urls")),
    path("models/", include("llm_manager.urls")),
    path("api/", include("api.urls")),
    path("webhooks/", include("api.webhook_urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]
if find_spec("rfp_manager.urls"):
    urlpatterns.append(path("rfps/", include("rfp_manager.urls")))
