"""The `demo` profile: a made-up potter's contacts, calendars, notes, mails and files to play with.

What is in it stands in `data/`, as text that anybody can edit; the modules here turn it into the
open formats that the tools read, with dates around today.
"""

from tinyagent_app.demo.content import demo_person, demo_requests
from tinyagent_app.demo.fill import fill

__all__ = ["demo_person", "demo_requests", "fill"]
