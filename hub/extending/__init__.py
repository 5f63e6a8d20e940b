"""`hocba extend`: files carried to a level of XAdES or PAdES that later years can still verify, and renewed before they age."""
