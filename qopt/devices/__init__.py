"""What is publicly known of annealers: their graphs, ranges and clocks. No client, no sampling."""
