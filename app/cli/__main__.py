"""`python -m app.cli`, the same as `stance`."""

from app.cli.commands import main

main()
