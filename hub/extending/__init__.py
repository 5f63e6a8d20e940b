"""`hocba extend`: files carried to a level of XAdES or PAdES that later years can verify, and renewed before they age."""
