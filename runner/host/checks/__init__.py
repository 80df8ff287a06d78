"""A function for each question about the machine; a file for each kind of question."""
