"""What is in the signal and comes from no muscle: the mains, a sample that was mended, a stretch that stands still."""
