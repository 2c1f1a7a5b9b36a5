"""Backups: one snapshot of the database, the files it names, and a manifest to check both by."""
