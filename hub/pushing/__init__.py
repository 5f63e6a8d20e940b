"""`hocba push`: files to the hub, as a sender's software would hand them in."""
