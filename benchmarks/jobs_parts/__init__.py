"""Parts of the measurements of the job engine; `python -m benchmarks.jobs` runs them."""
