"""XDF, the files of LabRecorder: streams whose samples have a time stamp each, which tells rate and losses."""
