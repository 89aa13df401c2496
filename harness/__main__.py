"""`drill`, and `python -m harness`."""

import os
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line, whose parts take a moment to load."""
    try:
        from harness import cli  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        os.write(2, b"interrupted; nothing was started\n")
        raise SystemExit(130) from None
    cli.main()


if __name__ == "__main__":
    main()
