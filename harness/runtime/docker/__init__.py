"""The platform's servers as containers: the images the platform runs, on any Docker engine."""
