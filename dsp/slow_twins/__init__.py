"""Slow reference versions of the compiled code in plain Python: the tests compare against them; read them first."""
