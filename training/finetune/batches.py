"""Examples as batches of tokens: like lengths together, in an order that seed and epoch determine.

Tokens come from llama.cpp's own tokenizer, the one that runs later. Prompt and plan are tokenised apart, so
that no token crosses the border; the loss is on the plan alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from planner.prompt import tuned_turns
from planner.runtime import chatml
from planner.runtime.network import Network

TOKENS_PER_BATCH = 2600
MOST_TOKENS = 640  # of an example; longer ones are left out, never cut


@dataclass(frozen=True, slots=True)
class Encoded:
    """An example as tokens: the plan's begin at `start`."""

    tokens: tuple[int, ...]
    start: int


def encode(network: Network, tools: Sequence[str], request: str, plan: str, avoid: str = "") -> Encoded:
    """The tokens of an example, ending with the end of the model's turn."""
    prompt = chatml.render(tuned_turns(tools, request, avoid)) + chatml.opening()
    before = network.tokenize(prompt, special=True)
    after = network.tokenize(f"{plan}\n") + network.tokenize(chatml.END, special=True)
    return Encoded((*before, *after), len(before))


def load(path: Path, network: Network, share: int = 1) -> list[Encoded]:
    """The examples of a JSONL file of `training.data.build` that are short enough.

    With a share of N, only those whose seeds are all among one Nth of the seeds: what is left is
    less varied, not only less.
    """
    encoded = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            data = json.loads(line)
            if any(crc32(place.encode()) % share for place in data["origin"]):
                continue
            example = encode(network, data["tools"], data["request"], data["plan"], data["avoid"])
            if len(example.tokens) <= MOST_TOKENS:
                encoded.append(example)
    return encoded


def batches(examples: Sequence[Encoded], chosen: Sequence[int], seed: str) -> list[list[int]]:
    """The batches of chosen examples as indices: sorted by length within shuffled buckets, shuffled."""
    choose = random.Random(seed)
    order = list(chosen)
    choose.shuffle(order)
    made: list[list[int]] = []
    for start in range(0, len(order), 2048):
        bucket = sorted(order[start : start + 2048], key=lambda i: len(examples[i].tokens))
        made += _filled(bucket, examples)
    choose.shuffle(made)
    return made


def _filled(bucket: Sequence[int], examples: Sequence[Encoded]) -> Iterator[list[int]]:
    batch: list[int] = []
    for index in bucket:
        longest = len(examples[index].tokens)  # the bucket ascends
        if batch and longest * (len(batch) + 1) > TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
