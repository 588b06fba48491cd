"""The model that is pre-trained: Llama's blocks, by transformers' own classes.

With `mup` it is Granite's class, which is Llama's with the multipliers of MiniCPM's wind tunnel (Hu et
al. 2024, table 7): the embedding's output × 12, each block's output × 1.4/√layers, logits / (width / base
width), and for matrices initial weights / √(width / base width) and learning rates / (width / base width).
Then the best learning rate of a small model is that of a large one, too.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from transformers import GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM, set_seed

from training.pretrain.config import ModelConfig


def build(config: ModelConfig, vocabulary: int, length: int, seed: int) -> Any:
    """A model with random weights that `seed` determines; it reads at most `length` tokens."""
    set_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": config.width,
        "intermediate_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "max_position_embeddings": length,
        "tie_word_embeddings": config.tied,
        "use_cache": False,
        "attn_implementation": "sdpa",
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
    }
    model: Any
    if config.mup:
        model = GraniteForCausalLM(
            GraniteConfig(
                **shape,
                embedding_multiplier=config.embedding_scale,
                residual_multiplier=config.depth_scale / math.sqrt(config.layers),
                attention_multiplier=1 / math.sqrt(config.width // config.heads),
                logits_scaling=config.width / config.base_width,
            )
        )
    else:
        model = LlamaForCausalLM(LlamaConfig(**shape))
    _initialise(model, config)
    return model


def _initialise(model: Any, config: ModelConfig) -> None:
    """Normal weights of one deviation; with mup that of matrices is divided by the root of their width."""
    ratio = config.width / config.base_width if config.mup else 1.0
    output = model.get_output_embeddings()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Embedding) or module is output:
                module.weight.normal_(0, config.init)
            elif isinstance(module, nn.Linear):
                module.weight.normal_(0, config.init / math.sqrt(ratio))


def count(model: Any) -> tuple[int, int]:
    """Parameters, and those of them outside the embedding and the output layer."""
    everything = sum(p.numel() for p in model.parameters())
    ends = [model.get_input_embeddings(), model.get_output_embeddings()]
    sizes = {id(module.weight): module.weight.numel() for module in ends}
    return everything, everything - sum(sizes.values())
