"""The live window: Qt lives here. The view pulls from a feed at its own rate and holds no detection."""
