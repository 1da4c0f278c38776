//! The one integration binary: what Flashtag promises, held against what it does.

mod domain;
