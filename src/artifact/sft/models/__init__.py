"""From a model's name to weights on disk, and from there to a model that computes."""
