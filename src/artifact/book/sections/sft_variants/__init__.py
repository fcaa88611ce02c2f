"""The section on SFT variants."""
