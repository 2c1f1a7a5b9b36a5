"""RFPs."""

import environ

_env = environ.FileAwareEnv()

#: Whether new RFPs ask that whoever wrote an answer does not approve it. Each may choose otherwise.
RFP_FOUR_EYES = _env.bool("RFP_FOUR_EYES", default=False)
