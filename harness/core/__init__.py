"""The words of a drill as types; standard library only, no input or output."""
