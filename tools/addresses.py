"""E-mail addresses: what is one, and the form of it that every mail server can deliver to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import getaddresses

_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]]+@[^\s@<>,;:\"\\()\[\].]+(?:\.[^\s@<>,;:\"\\()\[\].]+)+")
_LONGEST = 254  # RFC 5321


def is_address(text: str) -> bool:
    """Whether `text` is one e-mail address and nothing else."""
    return bool(deliverable(text))


def deliverable(text: str) -> str:
    """The address with its domain in ASCII (IDNA); "" if it is none, or none that can be delivered.

    A local part beyond ASCII needs SMTPUTF8, which few servers have. A domain that encoding changes
    ("straße.de" would become "strasse.de") may belong to somebody else.
    """
    local, _, domain = text.rpartition("@")
    if _ADDRESS.fullmatch(text) is None or not local.isascii():
        return ""
    if not domain.isascii():
        try:
            encoded = domain.encode("idna")
            if encoded.decode("idna") != domain.lower():
                return ""
        except UnicodeError:  # a label that is empty, too long, or of letters no domain may have
            return ""
        domain = encoded.decode("ascii")
    address = f"{local}@{domain}"
    return address if len(address) <= _LONGEST else ""


def named_addresses(headers: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address) pairs of address headers, as far as they are addresses.

    In "Ruiz, Ana <ana@example.org>", which lacks its quotes, the first part is none.
    """
    return [(name, address) for name, address in getaddresses(list(headers)) if is_address(address)]
