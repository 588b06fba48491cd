"""The optimizer of a configuration, with its groups of parameters."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from training.optim import GaLoreAdamW, NaturalGaLoreAdamW, projected_groups
from training.pretrain.config import Optimizer, RunConfig

LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def prepared(model: Any, config: RunConfig) -> Any:
    """The model as it is trained: with LoRA its matrices are frozen, each with two thin ones beside it.

    Embedding, norms and output layer are trained in full, as in GaLore's comparison.
    """
    if config.optimizer.name is not Optimizer.LORA:
        return model
    rank = config.optimizer.rank
    lora = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=LINEAR, lora_dropout=0.0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        wrapped = get_peft_model(model, lora)
    for name, parameter in wrapped.named_parameters():
        parameter.requires_grad = "base_layer" not in name
    return wrapped


def make(model: nn.Module, config: RunConfig) -> torch.optim.Optimizer:
    """AdamW, GaLore or Natural GaLore over all trained parameters."""
    settings = config.optimizer
    shape = config.model
    ratio = shape.width / shape.base_width if shape.mup else 1.0
    groups = projected_groups(model, lr=settings.learning_rate / ratio)
    groups[1]["lr"] = settings.learning_rate
    adam: dict[str, Any] = {"betas": settings.betas, "weight_decay": settings.weight_decay}
    galore: dict[str, Any] = {
        "update_gap": settings.update_gap,
        "scale": settings.scale,
        "side": settings.side,
        "bits": settings.bits,
    }
    match settings.name:
        case Optimizer.ADAMW | Optimizer.LORA:
            return torch.optim.AdamW(groups, **adam)
        case Optimizer.GALORE:
            groups[0]["rank"] = settings.rank
            return GaLoreAdamW(groups, **adam, **galore)
        case Optimizer.NATURAL_GALORE:
            groups[0]["rank"] = settings.rank
            own = {k: getattr(settings, k) for k in ("history", "damping", "relative", "on_change")}
            return NaturalGaLoreAdamW(groups, **adam, **galore, **own)


def state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """What the optimizer keeps in memory besides the parameters."""
    kept = (value for state in optimizer.state.values() for value in state.values())
    return sum(value.numel() * value.element_size() for value in kept if isinstance(value, torch.Tensor))
