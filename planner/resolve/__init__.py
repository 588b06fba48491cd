"""The user's own words (\"next Thursday 2:30pm\") become values; what cannot be resolved becomes a question."""
