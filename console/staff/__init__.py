"""The staff's pages under /console: where everything stands, one record's story, what failed and why, what is stopped.

Server-rendered, Vietnamese first with English beside it; HTMX refreshes the flow. There is no login yet, so that only
this machine may open them. A page names records by UUID, school, stage, cause and the findings' words; a value that a
finding marks as personal is shown on the page of that one transfer only, and there only once it is opened by hand.
"""
