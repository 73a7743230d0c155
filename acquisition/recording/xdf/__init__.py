"""XDF, the format of LabRecorder: streams with one time stamp per sample, which determine rate and losses."""
