"""What is known of rows and servers on any platform, as pure functions of plain data."""
