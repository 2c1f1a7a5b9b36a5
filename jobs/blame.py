"""Who is to blame when a worker dies in the middle of a batch.

A poisonous item must not take its batch along. But a harmless one must not be given up because
processes are killed around it, by a person, a deploy or a full memory.
"""

from django.db.models import F, QuerySet

from jobs.models import ItemState, JobItem
from jobs.run import JobRun

#: So many crashes condemn an item ...
MAX_ITEM_CRASHES = 3
#: ... or up to so many more while others crash as well, for then the machine is suspected too.
BENEFIT_OF_DOUBT = 3
#: The first crash may have been a neighbour's; a suspect flies alone, so the second was not.
CRASHED_ALONE = 2


def condemned(run: JobRun) -> list[JobItem]:
    """Blame the items that an attempt left running when it died. Returns those to be given up."""
    items = JobItem.objects.filter(job_id=run.job.pk)
    with run.write():
        crashed = items.filter(state=ItemState.RUNNING)
        crashed.update(crashes=F("crashes") + 1, state=ItemState.PENDING)
        poison = items.filter(state=ItemState.PENDING, crashes__gte=MAX_ITEM_CRASHES)
        return list(poison.filter(crashes__gte=_limit(items)) if poison.exists() else [])


def _limit(items: QuerySet[JobItem]) -> int:
    alone = items.filter(crashes__gte=CRASHED_ALONE).exclude(state=ItemState.FAILED).count()
    return MAX_ITEM_CRASHES + min(max(0, alone - 1), BENEFIT_OF_DOUBT)


def next_suspect(ready: QuerySet[JobItem]) -> list[JobItem]:
    """The one to be tried alone: who crashed least, so that kills that have nothing to do with
    the items do not all hit the same one."""
    return list(ready.order_by("crashes", "ordinal", "id")[:1])
