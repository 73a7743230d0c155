"""Report of a session: one page, composed once and rendered as HTML and PDF."""
