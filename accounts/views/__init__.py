"""Pages of people: their own, those of who looks after them, and the door."""
