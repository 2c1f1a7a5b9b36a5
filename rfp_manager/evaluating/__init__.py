"""Evaluations: a saved set of questions, asked with the present defaults and with a candidate."""
