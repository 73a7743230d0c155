"""The muscle, and where its potentials come from: a trigger point, motor units, and when these fire."""
