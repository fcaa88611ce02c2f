"""Generated bAbI stories, and the statistics that they are held against."""
