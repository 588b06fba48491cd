"""One of the two processes that are started in the test of training together."""

import sys
from pathlib import Path

from tests.training.test_finetune import in_processes
from training.runs.workers import Workers

if __name__ == "__main__":
    if Workers().count != 2:
        sys.exit(f"{Workers().count} processes work together, not 2")
    in_processes(Path(sys.argv[1]))
