from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.finding import in_chunks, purgeable
from jobs.management.commands.find_stale_jobs import positive_number
from jobs.models import Job, JobArtifact, Status

#: Days that jobs are kept after their end.
RETENTION = {Status.COMPLETED: 30, Status.FAILED: 90, Status.CANCELLED: 30}
CHUNK = 500


class Command(BaseCommand):
    help = (
        "Deletes old finished jobs with their items, logs, notifications and result files. "
        "Unfinished jobs are never deleted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for status, days in RETENTION.items():
            parser.add_argument(
                f"--{status.value}", type=positive_number, default=float(days), metavar="DAYS",
                help=f"keep {status.value} jobs so long (default {days})",
            )  # fmt: skip
        parser.add_argument("--chunk", type=positive_number, default=CHUNK, metavar="N")
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        for status in RETENTION:
            old = purgeable(status, options[status.value])
            if options["dry_run"]:
                self.stdout.write(f"{status.value}: {old.count()} would be deleted")
                continue
            chunks = in_chunks(old, max(1, int(options["chunk"])))
            count = sum(delete_jobs(ids) for ids in chunks)
            self.stdout.write(f"{status.value}: {count} deleted")


def delete_jobs(ids: list[int]) -> int:
    """Delete these jobs, then their files: a file without a row can be swept up, a row whose
    file is gone is a broken download."""
    artifacts = JobArtifact.objects.filter(job_id__in=ids).values_list("file", flat=True)
    storage, names = JobArtifact._meta.get_field("file").storage, list(artifacts)
    Job.objects.filter(pk__in=ids).delete()
    for name in filter(None, names):
        storage.delete(name)
    return len(ids)
