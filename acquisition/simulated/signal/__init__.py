"""Signal chain: sum of the potentials, interference, converter, and measurement of twitches."""
