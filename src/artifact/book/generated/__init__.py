"""Pages that are made from the ledger and the runs when the book is built."""
