"""Muscle as the source of potentials: trigger point, motor units, and their discharge times."""
