"""Expected return against variance, for one aversion to risk and for a sweep of them."""
