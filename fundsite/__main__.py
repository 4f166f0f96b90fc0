"""`python -m fundsite` is the `fundsite` command."""

from fundsite.cli import main

main()
