class Threads:
    pass
