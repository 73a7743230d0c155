"""Sessions that have ended: read again, checked, compared with what others saw, rated."""
