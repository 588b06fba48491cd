"""Package data: the planner's instructions and examples, as plain text."""
