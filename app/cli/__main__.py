"""`stance`, and `python -m app.cli`."""

from app.core.memory import imported_for_good


def main() -> None:
    """Import the commands and run one."""
    with imported_for_good():
        from app.cli import commands  # noqa: PLC0415 - here is where importing begins
    commands.main()


if __name__ == "__main__":
    main()
