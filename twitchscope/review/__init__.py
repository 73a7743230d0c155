"""The review window: a session or recording looked through, judged, and rated blind. Qt lives here too."""
