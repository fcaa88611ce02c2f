"""The command line: thin commands that parse, call one helper, and print."""
