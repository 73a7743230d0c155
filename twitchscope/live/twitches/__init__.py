"""Twitches of a site beside the traces: raster, charts, and one twitch enlarged."""
