"""What each section computes: one module per notebook, so that cells only call and show."""
