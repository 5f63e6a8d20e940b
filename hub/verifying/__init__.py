"""`hocba verify`: every signature of files judged as the hub judges them, with second opinions, without engines or network.

`sources` turns paths into records and whole batches, `judging` judges them, `report` holds what came of it, and each
module of `formats` writes it down in one way. Files are read, and children started, as `hub.checking` does.
"""
