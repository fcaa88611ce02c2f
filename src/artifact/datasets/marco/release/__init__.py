"""What the release stores of MARCO: problems, generations, and how it scores them."""
