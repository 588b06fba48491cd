"""The base model for training: the weights of the GGUF file that runs later, dequantised, with LoRA."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, logging

from training.finetune.quantized import QuantizedLoraLinear

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def load_base(path: Path, dtype: torch.dtype) -> Any:
    """The model of a GGUF file. Nothing is fetched, nothing is unpickled."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with contextlib.redirect_stderr(io.StringIO()):  # its bar for GGUF files has no other switch
        return AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=dtype, local_files_only=True
        )


def with_lora(model: Any, rank: int, alpha: int) -> Any:
    """The model with low-rank adapters (Hu et al. 2021) on all linear layers; only they are trained.

    The layers compute as they will when model and adapter are merged and rounded.
    """
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(TARGETS), lora_dropout=0.0)
    config._register_custom_module({torch.nn.Linear: QuantizedLoraLinear})  # peft has no other way
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)  # peft asks for it
        return get_peft_model(model, config)


@dataclass(frozen=True, slots=True)
class PlanLosses:
    """What a model makes of the plans of a batch of B examples, each tensor (B,)."""

    sums: torch.Tensor  # -log p of each whole plan, nats
    counts: torch.Tensor  # tokens of each plan
    wrong: torch.Tensor  # tokens that aren't the likeliest; 0 means that greedy decoding writes the plan


def plan_losses(model: Any, tokens: torch.Tensor, starts: torch.Tensor, ends: torch.Tensor) -> PlanLosses:
    """The cross-entropy of the plans' tokens.

    tokens: (B, T), padded on the right, which causal attention never sees from the left; starts, ends: (B,).
    The output layer, a fifth of a small model's work, runs over the plans' positions only.
    """
    decoder = model.get_base_model()
    hidden = decoder.model(input_ids=tokens).last_hidden_state  # (B, T, D)
    position = torch.arange(tokens.shape[1] - 1, device=tokens.device)
    asked = (position + 1 >= starts[:, None]) & (position + 1 < ends[:, None])  # (B, T-1)
    logits = decoder.lm_head(hidden[:, :-1][asked]).float()  # (N, V)
    wanted = tokens[:, 1:][asked]  # (N,)
    losses = torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
    rows = asked.nonzero()[:, 0]
    wrong = (logits.detach().argmax(-1) != wanted).float()
    none = torch.zeros(len(tokens), device=tokens.device)
    return PlanLosses(
        none.index_add(0, rows, losses), asked.sum(1), none.index_add(0, rows, wrong).to(torch.long)
    )
