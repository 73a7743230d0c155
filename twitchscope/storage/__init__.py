"""Files on a disk: private, always complete, and tolerant of a disk that is full or hangs."""
