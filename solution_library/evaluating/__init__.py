"""Measures retrieval: what the ways of searching find for questions with known answers."""
