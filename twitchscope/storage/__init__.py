"""Files on a disk: private, whole at every instant, and patient with a disk that is full or hangs."""
