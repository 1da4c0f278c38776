//! Every route that answers people has a state, so that its page is measured and looked at.

use std::collections::BTreeSet;

use super::states::states;
use crate::http::page_routes::{has_form, page_routes};

#[test]
fn every_route_that_answers_people_has_a_state() {
    let routes = page_routes();
    let mut seen = BTreeSet::new();
    // Where there is no page, no route answers.
    for state in states().iter().filter(|state| !state.name.starts_with("no-page-")) {
        let (method, target) = state.asked.split_once(' ').expect("a request");
        let path = target.split('?').next().unwrap_or_default();
        // As the server does, the first route that fits is taken.
        let found = routes.iter().find(|(of, form)| of == method && has_form(path, form));
        seen.insert(found.unwrap_or_else(|| panic!("{}: no route answers {}", state.name, state.asked)));
    }
    let missing: Vec<_> = routes.iter().filter(|route| !seen.contains(route)).collect();
    assert!(missing.is_empty(), "routes without a state in tests/peers/screens: {missing:?}");
}
