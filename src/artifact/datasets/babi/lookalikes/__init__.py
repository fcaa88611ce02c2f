"""Generated bAbI stories, and the statistics that they are measured against."""
