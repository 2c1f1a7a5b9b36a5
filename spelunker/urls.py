"""Where every page of Spelunker is found."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path

from spelunker import health, metrics, views

handler500 = "spelunker.middleware.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=False), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("jobs/", include("jobs.urls")),
    path("library/", include("solution_library.urls")),
    path("models/", include("llm_manager.urls")),
    path(settings.ADMIN_PATH, admin.site.urls),
]
if find_spec("rfp_manager.urls"):
    urlpatterns.append(path("rfps/", include("rfp_manager.urls")))
