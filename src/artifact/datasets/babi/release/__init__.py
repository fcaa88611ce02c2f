"""What the release stores of bAbI: problems, generations, and how it scores them."""
