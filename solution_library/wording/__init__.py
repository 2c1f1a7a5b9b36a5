"""Search by words: what a passage's words are, where they stand, and how much they count."""
