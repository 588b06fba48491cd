"""`python -m tinyagent_app` is `tinyagent`."""

from tinyagent_app.cli import main

main()
