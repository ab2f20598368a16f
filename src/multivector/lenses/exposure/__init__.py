"""What ties a state, to whom, how evenly, and how sure that is: `lens.measure` with `params.ExposureParams`."""
