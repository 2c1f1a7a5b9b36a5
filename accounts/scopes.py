"""What an API token may be good for. A token never lets a program do more than its owner may."""

from django.db import models


class Scope(models.TextChoices):
    DOCUMENTS_READ = "documents:read", "Read documents"
    DOCUMENTS_WRITE = "documents:write", "Add and change documents"
    SEARCH = "search", "Search the library"
    RFPS_READ = "rfps:read", "Read RFPs, questions and answers"
    RFPS_WRITE = "rfps:write", "Make RFPs, start the responder and exports"
    ANSWERS_WRITE = "answers:write", "Write answers"
    JOBS_READ = "jobs:read", "Watch jobs"
    JOBS_WRITE = "jobs:write", "Cancel and retry jobs"
    WEBHOOKS = "webhooks", "Manage webhooks"


ALL = frozenset(Scope.values)
