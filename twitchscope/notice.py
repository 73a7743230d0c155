"""Notice that appears on every screen and in every report."""

from twitchscope.words import for_later

NOT_A_MEDICAL_DEVICE = for_later("For research and education. Not a medical device.")
"""Notice on screen, in every report, in every session file and in the README."""
