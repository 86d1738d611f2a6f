"""`stance`, and `python -m app.cli`."""

import gc


def main() -> None:
    """Import the commands and run one; importing leaves no garbage worth the time of looking for it."""
    gc.disable()
    from app.cli import commands  # noqa: PLC0415 - here is where importing begins

    gc.enable()
    commands.main()


if __name__ == "__main__":
    main()
