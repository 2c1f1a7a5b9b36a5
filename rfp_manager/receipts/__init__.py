"""Receipts: how each version of an answer came about, so that it can be verified elsewhere."""

from rfp_manager.receipts.recording import Making, record

__all__ = ["Making", "record"]
