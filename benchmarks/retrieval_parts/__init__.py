"""The parts of benchmarks/retrieval.py.

They use the product's own readers and measures, so Django has to be set up, without a database.
"""

import os

import django

from spelunker.embedded.bootstrap import prepare_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spelunker.settings")
prepare_environment(["benchmark", "help"])
django.setup()
