"""Teachers: traces, summaries and explanations asked of a model behind an OpenAI-compatible API."""
