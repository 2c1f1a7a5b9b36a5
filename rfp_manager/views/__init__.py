"""Views of RFPs, by what they show: rfps, questions, answers, and work that they start."""
