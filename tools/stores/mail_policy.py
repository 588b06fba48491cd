"""How mails are written down: as the standard library does it, but for the names of mails.

`In-Reply-To` and `References` hold names of mails (message ids), one of which may be longer than a
line should be. The library would encode such a name as text beyond ASCII, and then no mail program
finds the thread. Lines may be that long (RFC 5322, 2.1.1), and are folded between names only.
"""

from __future__ import annotations

import os
from email.policy import EmailPolicy
from typing import Any

_IDS = frozenset({"message-id", "in-reply-to", "references"})


class _MailPolicy(EmailPolicy):
    def fold(self, name: str, value: Any) -> str:
        folded = self._ids(name, value)
        return super().fold(name, value) if folded is None else folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        folded = self._ids(name, value)
        return super().fold_binary(name, value) if folded is None else folded.encode("ascii")

    def _ids(self, name: str, value: Any) -> str | None:
        ids = str(value).split()
        if name.lower() not in _IDS or not ids or not str(value).isascii():
            return None
        separator = f"{self.linesep} "
        return f"{name}: {separator.join(ids)}{self.linesep}"


POLICY = _MailPolicy(linesep=os.linesep)
