"""The reference hub: what the guide says the hub does, as a program of its own.

It knows the platform and its stores and nothing of drills; nothing but a command line knows it.
"""
