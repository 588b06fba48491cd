"""Optimizers that need less memory than AdamW, or fewer steps."""

from training.optim.galore import GaLoreAdamW, projected_groups
from training.optim.natural_galore import NaturalGaLoreAdamW

__all__ = ["GaLoreAdamW", "NaturalGaLoreAdamW", "projected_groups"]
