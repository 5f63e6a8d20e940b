"""`hocba extend`: files carried to a level of XAdES that later years can still verify, and renewed before they age."""
