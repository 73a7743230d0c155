"""When each row of a text was sampled: its rate, which head, times and user may tell, and where rows were lost."""
