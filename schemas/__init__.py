"""The shared dictionary: what a record is, which official forms there are, what must hold, and how faults are told.

`profiles` holds one folder per version of the official structure; `rules` one small object per rule; `check` asks the
gate first and explains only what fails; `octets` cuts records out of batches without changing one octet; `packing` is the
envelope of the official transactions; `findings` the words for what is wrong. This folder knows no other.
"""
