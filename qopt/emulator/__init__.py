"""A local annealer service that speaks the protocol of D-Wave's: a place to rehearse."""
