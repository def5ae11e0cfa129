"""`python -m microlift`: the command line where no script was installed."""

from microlift.cli import main

main(prog_name="microlift")
