class Threads: pass
