"""Receipts: how each version of an answer came about, so that it can be verified elsewhere."""

from rfp_manager.receipts.recording import Making, record, record_all

__all__ = ["Making", "record", "record_all"]
