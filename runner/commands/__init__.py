"""The commands, one file each; ``cli`` parses the arguments and calls ``run`` of one of them."""
