"""The wind tunnel of MiniCPM: what grids of tiny models say about larger ones."""
