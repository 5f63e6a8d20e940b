"""Print the names of the packages that only tests need, from the `dev` group of the pyproject file given."""

import re
import sys
import tomllib
from pathlib import Path


def main() -> None:
    """One name a line."""
    group = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    for requirement in group:
        sys.stdout.write(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0] + "\n")


if __name__ == "__main__":
    main()
