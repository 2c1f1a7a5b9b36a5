"""A Django project as the two packages' own instructions make it."""

import os

SECRET_KEY = "measured and thrown away " * 2
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django_celery_results", "celery_progress"]
ROOT_URLCONF = "benchmarks.peers.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "peers",
        "USER": "postgres",
        "HOST": os.environ["PEERS_DATABASE_HOST"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
CELERY_RESULT_BACKEND = "django-db"
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("PEERS_QUEUE", "peers")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if os.environ.get("PEERS_CAREFUL"):
    CELERY_TASK_ACKS_LATE = True
    CELERY_TASK_REJECT_ON_WORKER_LOST = True
    CELERY_WORKER_PREFETCH_MULTIPLIER = 1
