"""Each weight is updated as soon as its gradient is there, so that no two gradients are in memory at once.

    with PerLayerUpdate(optimizer, micro_batches=4):
        for batch in batches:          # 4 backward passes make a step
            model(**batch).loss.div(4).backward()

GaLore's published script does this with an optimizer for each parameter, which makes a step at every backward
pass: with several micro-batches a step it silently trains another way. Here projected gradients of a step are
added up, which costs no more than the moments; those of weights without a projection stay until the step.

The norm of all gradients together is never known, so they can't be clipped by it; `clip` bounds that of each
weight.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn

from training.optim.galore import GaLoreAdamW


class PerLayerUpdate:
    """Hooks on all parameters of an optimizer, from `__enter__` to `__exit__`.

    micro_batches: backward passes that make a step. clip: the largest norm of one weight's gradient in its
    subspace. Do not call `optimizer.step()` while it is on, and set the learning rate between steps.
    """

    def __init__(self, optimizer: GaLoreAdamW, *, micro_batches: int = 1, clip: float | None = None) -> None:
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            raise ValueError(
                "updates in the backward pass need gradients that are whole on this process: "
                "with several processes call optimizer.step() instead"
            )
        if micro_batches < 1:
            raise ValueError(f"a step has at least 1 micro-batch, not {micro_batches}")
        self._optimizer, self._micro_batches, self._clip = optimizer, micro_batches, clip
        self._sums: dict[nn.Parameter, Tensor] = {}
        self._seen: dict[nn.Parameter, int] = {}
        self._hooks: list[Any] = []

    def __enter__(self) -> PerLayerUpdate:
        for group in self._optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.requires_grad:
                    hook = parameter.register_post_accumulate_grad_hook(
                        lambda p, group=group: self._arrived(p, group)
                    )
                    self._hooks.append(hook)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        if kind is None and self._sums:
            raise RuntimeError(f"the last step had less than {self._micro_batches} micro-batches: it is lost")

    def _arrived(self, parameter: nn.Parameter, group: dict[str, Any]) -> None:
        """The gradient of one backward pass is there; after the step's last one the parameter is updated."""
        gradient = parameter.grad
        if gradient is None:
            return
        # The first micro-batch of a step makes the projection, if it is time for one; the others use it.
        if self._seen.get(parameter, 0) == 0:
            reduced = self._optimizer.reduce(parameter, gradient, group)
        else:
            reduced = self._optimizer.projected(parameter, gradient, group)
        parameter.grad = None
        before = self._sums.pop(parameter, None)
        total = reduced if before is None else before.add_(reduced)
        count = self._seen[parameter] = (self._seen.get(parameter, 0) + 1) % self._micro_batches
        if count:
            self._sums[parameter] = total.clone() if before is None else total
            return
        self._optimizer.update(parameter, self._clipped(total), group)

    def _clipped(self, reduced: Tensor) -> Tensor:
        if self._clip is None:
            return reduced
        return reduced * min(1.0, self._clip / max(1e-12, float(reduced.norm())))
