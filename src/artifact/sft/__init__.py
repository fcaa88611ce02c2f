"""Training and generation: the one room that knows torch and transformers."""
