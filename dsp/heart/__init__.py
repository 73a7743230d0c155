"""Heartbeats in the EMG: learning them from the stream, recognizing them and removing them from bursts."""
