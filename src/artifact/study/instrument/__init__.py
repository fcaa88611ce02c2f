"""What participants meet: items, stimuli, design, texts, and the form of their ratings."""
