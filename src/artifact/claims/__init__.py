"""What was published, what the release gives, and which claims hold on which evidence."""
