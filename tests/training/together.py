"""One of the processes that `accelerate launch` starts in the test of training together."""

import sys
from pathlib import Path

from tests.training.test_finetune import in_processes

if __name__ == "__main__":
    in_processes(Path(sys.argv[1]))
