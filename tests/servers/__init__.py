"""Real servers for tests, each private to whoever starts it: a free port, a folder of its own."""
