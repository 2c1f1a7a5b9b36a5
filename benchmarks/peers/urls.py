from django.urls import include, path

urlpatterns = [path("progress/", include("celery_progress.urls"))]
