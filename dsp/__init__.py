"""From an array of EMG to local twitch responses: knows no board, no file and no clock."""
