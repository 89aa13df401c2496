"""`drill`, and `python -m harness`."""

import gc
import os
from typing import NoReturn

_OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""What a command loads stays for as long as it runs: to search it for garbage after every 700 new
objects takes a tenth of the time of one that only tells.
"""

_PYDANTIC_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
"""What a scenario means is no plugin's to change, and to look for one takes as long again."""


def main() -> NoReturn:
    """Run the command line, whose parts take a moment to load."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    os.environ[_PYDANTIC_PLUGINS] = "__all__"
    try:
        from harness import cli  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        os.write(2, b"interrupted; nothing was started\n")
        raise SystemExit(130) from None
    try:
        cli.main()
    finally:
        # The interpreter would search once more at its end.
        gc.freeze()


if __name__ == "__main__":
    main()
