"""The Made Open platform as data: its rows, keys and messages, all of them pure functions."""
