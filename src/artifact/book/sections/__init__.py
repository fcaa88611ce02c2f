"""What each section computes and shows: one folder per notebook, so that cells only call."""
