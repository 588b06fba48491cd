"""Text for pre-training: where it is from, what of it is kept, and how it is stored as tokens."""
