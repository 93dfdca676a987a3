"""What everyone reads: pages from frozen releases, copied into tables when they are published. A view here computes nothing."""
