"""What the release stores of CoTempQA: problems, generations, and how it scores them."""
