"""`python -m training.evaluation CASES PREDICTIONS [--json]`: score predicted plans."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from training.evaluation.cases import CaseFormatError
from training.evaluation.report import score_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report. 0: scored; 2: a file can't be read."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation", description=__doc__)
    parser.add_argument("cases", type=Path, help="JSONL file of cases with gold plans")
    parser.add_argument("predictions", type=Path, help="JSONL output of `tinyagent plan --jsonl CASES`")
    parser.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    options = parser.parse_args(arguments)
    try:
        report = score_file(options.cases, options.predictions)
    except (CaseFormatError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report.json(), ensure_ascii=False, indent=2) if options.json else report.markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
