"""Calls under control: what an API allows holds across all workers, kept in PostgreSQL."""
