"""Indexes of vectors: how they are built beside the one in use, switched to, and dropped."""
