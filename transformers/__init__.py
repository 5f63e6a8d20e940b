"""The canonical record into an official form and back, as a profile's own tables say: nothing here knows a vendor."""
