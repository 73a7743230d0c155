"""The twitches of a site beside the traces: one under the other, how they fall, and one at large."""
