"""The two families of tasks, movement and reasoning: how each is solved, narrated and generated."""
