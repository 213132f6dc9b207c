"""Where trials run: in this process, in processes, on a cluster; and who keeps what comes."""
