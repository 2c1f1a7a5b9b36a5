"""Long sets of names stay readable as running text."""


def words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())
