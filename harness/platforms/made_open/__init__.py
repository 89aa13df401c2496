"""Made Open: the platform that comes along."""
