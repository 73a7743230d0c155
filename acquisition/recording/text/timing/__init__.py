"""Timing of the rows of a text: the rate, as stated in the header, the times or by the user, and the losses."""
