"""`hocba print`: records of the hub or of files as the Ministry's form.

`finding` turns names into records that can be printed, or says why not; `pressing` sets, seals, logs and writes them.
"""
