"""Long runs: what no single test shows, with figures at the end."""
