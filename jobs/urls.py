from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("progress/", views.progress_many, name="progress_many"),
    path("queues/", views.queues, name="queues"),
    path("files/", views.files, name="files"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/choices/", views.notification_choices, name="notification_choices"),
    path("artifacts/<int:artifact_id>/", views.artifact, name="artifact"),
    path("artifacts/<int:artifact_id>/delete/", views.artifact_delete, name="artifact_delete"),
    path("<int:job_id>/", views.detail, name="detail"),
    path("<int:job_id>/progress/", views.progress, name="progress"),
    path("<int:job_id>/cancel/", views.cancel, name="cancel"),
    path("<int:job_id>/retry/", views.retry, name="retry"),
    path("<int:job_id>/retry-failed/", views.retry_failed, name="retry_failed"),
    path("<int:job_id>/resume/", views.resume, name="resume"),
]
