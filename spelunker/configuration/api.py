"""The API and webhooks."""

import environ

_env = environ.FileAwareEnv()

#: What one token may ask in a minute; 0: as often as it likes.
API_READS_PER_MINUTE = _env.int("API_READS_PER_MINUTE", default=600)
API_WRITES_PER_MINUTE = _env.int("API_WRITES_PER_MINUTE", default=120)
#: A webhook that has failed for so many days is switched off.
WEBHOOK_DAYS_OF_FAILURE = _env.int("WEBHOOK_DAYS_OF_FAILURE", default=5)
