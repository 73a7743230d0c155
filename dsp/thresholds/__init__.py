"""What noise reaches and how often, and from it every number that the kernel runs by."""
