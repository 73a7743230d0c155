"""What a person enters: the setup of the channels, the visit, marks, sites and answers; never a name."""
