"""`hocba convert`: records of one form written in another, and nothing lost unawares.

`reading` takes what `hocba check` takes and refuses what its structure refuses, `defaults` adds what the user gives,
`drafts` writes one record as the target and reads it back to see what is no longer there, `sinks` write files, and
`report` with `telling` say what was converted, what was lost, and what is missing.
"""
