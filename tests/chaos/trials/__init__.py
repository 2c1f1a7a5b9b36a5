"""An app of tasks that misbehave on purpose, for stacks of the chaos tests only."""
