"""The checks of the machine: each is a function; related checks share a file."""
