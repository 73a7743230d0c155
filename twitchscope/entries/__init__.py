"""Entries by a person: the setup of the channels, the visit, marks, sites and answers; never a name."""
