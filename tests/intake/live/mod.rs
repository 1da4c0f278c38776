//! Streams of posts from the networks, played without sockets and clock.

mod bluesky_commits;
mod bluesky_jetstream_v1;
mod bluesky_jetstream_v2;
mod bluesky_played;
mod bluesky_repos;
mod gaps;
mod mastodon;
mod mastodon_faults;
mod mastodon_lines;
mod x;
