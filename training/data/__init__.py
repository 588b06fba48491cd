"""Training data for planners: hand-written seeds, their expansion, curation and data card."""
