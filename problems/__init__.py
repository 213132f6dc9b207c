"""Domain problems for qopt; each plugs in through the entry points anyone's package can use."""
