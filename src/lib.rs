//! Flashtag.
