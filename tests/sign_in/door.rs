//! The pages on which people of a network sign in.

/// A network whose people sign in on a page of its own.
pub(crate) trait Door {
    /// The network's name in addresses.
    const KIND: &'static str;

    /// The network's name for people.
    const LABEL: &'static str;

    /// What a person types on the shop's page.
    fn typed(&self, who: &str) -> String;

    /// How the shop calls a person.
    fn called(&self, who: &str) -> String;

    /// A person signs in on the page to which the shop sent the browser, and agrees. Returns where the network sends the
    /// browser.
    fn let_in(&self, who: &str, page: &str) -> String;

    /// The number of tokens that are out, where the network tells it.
    fn tokens(&self) -> Option<usize> {
        None
    }

    /// Allows browsers to come back to that address, where the network must know it before.
    fn expect_back(&self, _address: &str) {}
}
