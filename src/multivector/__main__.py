"""`python -m multivector`: the command line."""

from multivector.cli import main

main()
