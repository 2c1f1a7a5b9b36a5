"""The real settings, plus the tasks that misbehave on purpose."""

from spelunker.settings import *  # noqa: F403
from spelunker.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.trials"]
