"""A file for each verb of the command line; ``cli`` parses the arguments and calls ``run`` of one of these."""
