"""The `demo` profile: a made-up person's contacts, calendars, notes, mails and files to play with."""

from tinyagent_app.demo.fill import demo_person, fill

__all__ = ["demo_person", "fill"]
