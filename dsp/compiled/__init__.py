"""Compiled code: the kernel, which processes every sample, and the loops that measure a burst.

Each `.pyx` has its interface in a `.pyi` and a slow twin in `dsp.slow_twins`. Shared types and steps are in `.pxd`
files, vector code in headers. No `.pyx` imports from another package.
"""
