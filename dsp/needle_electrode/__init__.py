"""The needle as an electrode: detection and classification of its bursts, and endplate activity while it is still."""
