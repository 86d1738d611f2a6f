"""`stance`, and `python -m app.cli`."""

import gc


def main() -> None:
    """Import the commands and run one; what importing makes stays, and is not worth the time of looking for garbage."""
    gc.disable()
    from app.cli import commands  # noqa: PLC0415 - here is where importing begins

    gc.freeze()
    gc.enable()
    commands.main()


if __name__ == "__main__":
    main()
