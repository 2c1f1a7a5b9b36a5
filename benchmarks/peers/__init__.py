"""The same job with celery-progress and django-celery-results, in an environment of its own."""
