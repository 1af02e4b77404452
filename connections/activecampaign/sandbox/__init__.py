"""A local ActiveCampaign, faithful enough to test and to show an export against.

`python -m connections.activecampaign.sandbox --help` starts it; `Sandbox` does in tests.
"""

from connections.activecampaign.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
