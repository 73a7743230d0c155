"""``python -m twitchscope``: the command line where its script is not on the path."""

import sys

from twitchscope.cli import main

sys.exit(main())
