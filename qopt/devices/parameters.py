"""The parameters that a D-Wave annealer lists, each in a few words of our own."""

from __future__ import annotations

PARAMETERS = {
    "anneal_offsets": "Advance or delay of each qubit's anneal, a number a qubit.",
    "anneal_schedule": "Points (microseconds, anneal fraction) of the anneal.",
    "annealing_time": "Microseconds of one anneal.",
    "answer_mode": "'histogram' merges equal answers and sorts them; 'raw' keeps every read.",
    "auto_scale": "Whether h and J are scaled to fill the device's ranges.",
    "fast_anneal": "Whether anneals are of the fast kind, far from equilibrium.",
    "flux_biases": "A flux offset for each qubit, in units of the flux quantum.",
    "flux_drift_compensation": "Whether the device corrects the slow drift of the qubits' flux.",
    "h_gain_schedule": "Points (microseconds, gain) that h is multiplied by during the anneal.",
    "initial_state": "State of each qubit that a reverse anneal starts from.",
    "num_reads": "Number of anneals, and so of answers.",
    "programming_thermalization": "Microseconds to cool after programming.",
    "readout_thermalization": "Microseconds to cool after each read.",
    "reduce_intersample_correlation": "Whether to wait longer between reads.",
    "reinitialize_state": "Whether each reverse anneal starts from the initial state again.",
}
