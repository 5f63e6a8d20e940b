"""`hocba rule` and `hocba profile`: the dictionary of rules and structures, for who has to meet them."""
