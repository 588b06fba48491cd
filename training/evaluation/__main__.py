"""`python -m training.evaluation CASES PREDICTIONS [--json]`: score predicted plans."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from training.evaluation.cases import CaseFormatError
from training.evaluation.render import show
from training.evaluation.report import score_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report. 0: scored, whatever the scores are; 2: a file can't be read or holds no cases."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation", description=__doc__)
    parser.add_argument("cases", type=Path, help="JSONL file of cases with gold plans")
    parser.add_argument("predictions", type=Path, help="JSONL output of `tinyagent plan --jsonl CASES`")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        report = score_file(options.cases, options.predictions)
    except CaseFormatError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{options.predictions} can't be read: {error.strerror or error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(report.json(), ensure_ascii=False, indent=2))
    else:
        show(report, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
