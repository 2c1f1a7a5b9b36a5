"""What the company has promised to whom, in the answers that buyers were given."""
