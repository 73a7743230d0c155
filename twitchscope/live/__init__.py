"""Live window, based on Qt. The view pulls from a feed at its own rate and does no detection."""
