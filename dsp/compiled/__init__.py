"""All that is compiled: the kernel, which looks at each sample, and the loops that measure a burst.

Each `.pyx` has its interface in a `.pyi` and a slow twin in `dsp.slow_twins`. Types and steps that several share are in
`.pxd` files, code for vectors in headers. No `.pyx` imports from another package.
"""
