"""How a sync works: fetch ahead, read, record each document once, and what becomes of the gone."""
