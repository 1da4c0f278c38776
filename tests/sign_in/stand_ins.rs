//! The doors of the stand-ins.

use networks::{Fault, mastodon, x};

use super::door::Door;
use super::site::Site;
use super::way::whole_way;
use crate::live::shop::{Play, Shop};

/// Opens a shop at a stand-in.
pub(super) fn open<N: Play>(read: &str) -> Shop<N> {
    Shop::open(read, &[], Vec::new())
}

/// Lets something go wrong at the network.
pub(super) fn fail<N: Play>(shop: &Shop<N>, fault: &str) {
    shop.network.shared.lock().stage.faults.list.push(Fault::parse(fault).unwrap());
}

/// Presses the button of a stand-in's page.
fn pressed(page: &str, who: &str) -> String {
    let shown = Site::new().get(&format!("{page}&account={who}&approve=1"), &[]);
    shown.location.clone().unwrap_or_else(|| panic!("{page}: {shown:?}"))
}

impl Door for Shop<x::World> {
    const KIND: &'static str = "x";
    const LABEL: &'static str = "X";

    fn typed(&self, _: &str) -> String {
        String::new()
    }

    fn called(&self, who: &str) -> String {
        format!("@{who}")
    }

    fn let_in(&self, who: &str, page: &str) -> String {
        pressed(page, who)
    }

    fn tokens(&self) -> Option<usize> {
        Some(self.network.shared.lock().stage.network.tokens_out())
    }

    fn expect_back(&self, address: &str) {
        self.network.shared.lock().stage.network.expect_back("app-1", address);
    }
}

impl Door for Shop<mastodon::World> {
    const KIND: &'static str = "mastodon";
    const LABEL: &'static str = "Mastodon";

    fn typed(&self, _: &str) -> String {
        self.network.base_url()
    }

    fn called(&self, who: &str) -> String {
        format!("@{who}@{}", self.network.base_url().trim_start_matches("http://"))
    }

    fn let_in(&self, who: &str, page: &str) -> String {
        pressed(page, who)
    }

    fn tokens(&self) -> Option<usize> {
        Some(self.network.shared.lock().stage.network.tokens_out())
    }
}

fn way_of<N: Play>(shop: &Shop<N>)
where
    Shop<N>: Door,
{
    whole_way(&shop.engine.http(), shop, |who| {
        let claim = shop.post(who, "@shop #BuyKettle", None);
        shop.wait_for_reply(&claim).text
    });
}

#[test]
fn people_of_the_stand_in_for_x_sign_in() {
    way_of(&open::<x::World>("activity"));
}

#[test]
fn people_of_the_stand_in_for_mastodon_sign_in() {
    way_of(&open::<mastodon::World>("hashtags"));
}
