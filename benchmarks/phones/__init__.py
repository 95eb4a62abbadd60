"""What the benchmarks of the live layer share: a service of their own, phones that send, walls that look."""
