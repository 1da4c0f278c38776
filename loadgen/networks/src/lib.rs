//! Stand-ins for X, Bluesky and Mastodon: servers on this machine that speak the three networks' protocols, for
//! demonstrations and tests, with faults on demand.
