"""The report of a session: one page, as HTML and as PDF. What it says is put together once, and drawn twice."""
