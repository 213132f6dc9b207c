"""A portfolio in each of several periods, where coming from one to the next costs."""
