"""ChatML, the chat format of the models in the catalogue (SmolLM2, Qwen2.5).

The template comes from the project, never from the model file: a file's template is a program.
Text from outside can't end its own turn, because its control sequences are taken apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.runtime.base import Turn

START, END = "<|im_start|>", "<|im_end|>"


def render(turns: Sequence[Turn]) -> str:
    """The turns as text, each complete."""
    return "".join(f"{START}{turn.role}\n{harmless(turn.text)}{END}\n" for turn in turns)


def opening() -> str:
    """What makes the model write the next turn."""
    return f"{START}assistant\n"


def harmless(text: str) -> str:
    """The text without anything that a tokenizer could take for a control token."""
    return text.replace("<|", "< |").replace("|>", "| >")
