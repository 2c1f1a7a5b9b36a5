"""PDF questionnaires: form fields, tables (ruled or not) and running text become grids.

Everything here runs in the sandboxed child. Places are in points, counted from the lower left
corner of the page after its text was turned upright, as in solution_library.parsing.
"""
