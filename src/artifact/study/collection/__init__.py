"""From a participant's browser to a file of ratings: server, store, export."""
