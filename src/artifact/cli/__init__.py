"""The command line: thin commands that parse, call one helper, and print.

Names and options are a contract with readers; lists in help texts come from the code.
Add a command here; anything longer than a call and a print belongs in the room that it calls.
"""
