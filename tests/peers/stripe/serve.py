"""Serves Stripe World, an imitation of Stripe made from recordings of its answers, on a port of this machine."""

import sys

from seahaven.http import serve
from seahaven_stripe_world import world
from seahaven_stripe_world.http_api import handle

serve(world, handle, host="127.0.0.1", port=int(sys.argv[1]), reset_options={"startup": {"livemode": False}})
