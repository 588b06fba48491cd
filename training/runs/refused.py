"""The one error of a training run that its user can mend."""


class RunRefused(ValueError):  # noqa: N818 (the run is as it should be; it is refused)
    """A run can't begin or go on as asked; the message says why and what to do."""
