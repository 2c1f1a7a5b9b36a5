"""Documents that came with an RFP: taken in, summarised, and read for what they demand."""
