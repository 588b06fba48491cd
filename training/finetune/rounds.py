"""Several rounds: all examples first, then again and again the half that is still hard.

Multiple-round training of "Rethinking Optimization and Architecture for Tiny Language Models" (Tang et al.
2024, section 3.3), with two changes. It draws single examples, not batches; and the chance of an example is
1 - p(plan), which is how often the model, sampling, would have written another plan. It is bounded, so that
no odd example rules the draw, and it is that of the last time the example was trained on: no extra pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch

from training.finetune.batches import Encoded, batches
from training.runs.refused import RunRefused

SHARE = 0.5  # of the examples, in every round after the first
LEAST_CHANCE = 1e-6


class Rounds:
    """Which batches come when in a run."""

    def __init__(self, examples: Sequence[Encoded], seed: int) -> None:
        self._examples, self._seed = examples, seed
        self._round, self._began = 0, 0  # number of the round, batches before it
        self._chances = torch.ones(len(examples))  # of the examples in this round
        self._missed = torch.ones(len(examples))  # 1 - p(plan) when last trained

    def batches(self, done: int) -> Iterator[list[int]]:
        """The batches after the first `done` ones, as indices, without end. One iterator at a time."""
        while True:
            made = batches(self._examples, self._chosen(), f"{self._seed}:{self._round}")
            yield from made[done - self._began :]
            done = self._began = self._began + len(made)
            self._round += 1
            self._chances = self._missed.clone()

    def note(self, batch: Sequence[int], sums: Sequence[float]) -> None:
        """Remember -log p of the plans of a batch, nats."""
        self._missed[list(batch)] = -torch.expm1(-torch.tensor(sums))

    def state(self) -> dict[str, torch.Tensor]:
        """What `restore` needs."""
        place = torch.tensor([self._round, self._began])
        return {"place": place, "chances": self._chances.clone(), "missed": self._missed.clone()}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Go on from a state. RunRefused if it is that of other examples."""
        if len(state["chances"]) != len(self._examples):
            raise RunRefused(
                f"the run has seen {len(state['chances'])} examples and there are {len(self._examples)} now; "
                "give it the data it began with, or another folder"
            )
        self._round, self._began = (int(number) for number in state["place"])
        self._chances, self._missed = state["chances"].clone(), state["missed"].clone()

    def _chosen(self) -> list[int]:
        if self._round == 0:
            return list(range(len(self._examples)))
        number = max(1, round(SHARE * len(self._examples)))
        chance = torch.Generator().manual_seed(self._seed * 1000 + self._round)
        drawn = torch.multinomial(self._chances.clamp(min=LEAST_CHANCE), number, generator=chance)
        return [int(index) for index in drawn]
