"""The heart in the EMG: its beats are learnt from the stream, recognised, and taken out of a burst."""
