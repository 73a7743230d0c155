"""``python -m twitchscope``: the command line where its script is not on the path."""

import sys

from twitchscope.cli import run_as_program

sys.exit(run_as_program())
