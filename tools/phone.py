"""Phone numbers as people write them, in the one form that machines agree on (E.164)."""

from __future__ import annotations

from tools.errors import Refused


def normal_number(text: str, region: str) -> str:
    """`text` in E.164, e.g. "+14155550132". Numbers without a country code belong to `region`.

    Numbers that are only written oddly are taken; Refused if it can't be a number at all.
    """
    import phonenumbers  # noqa: PLC0415 (large, and only needed for numbers)

    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refused(f"{text!r} is not a phone number.", hint="Give it with its area or country code.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def lenient_number(text: str, region: str) -> str:
    """`text` in E.164 if it can be, else its digits as they are: what an address book holds is used."""
    try:
        return normal_number(text, region)
    except Refused:
        plus = "+" if text.strip().startswith("+") else ""
        return plus + "".join(c for c in text if c.isdigit())
