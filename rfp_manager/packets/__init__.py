"""Sheets for experts who answer offline: written, read back, and merged."""
