"""Measures of a needled site, from its twitches and its rest, with the uncertainty of such small numbers."""
