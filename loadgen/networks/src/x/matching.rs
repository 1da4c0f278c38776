//! Whether a rule wants a post.

use super::rule::Query;
use super::tweet::Tweet;
use super::world::World;
use crate::richtext::{Kind, parts};

/// Whether a post is wanted.
pub(crate) fn matches(query: &Query, world: &World, tweet: &Tweet) -> bool {
    let is_named = |id: Option<u64>, name: &str| {
        let user = id.and_then(|id| world.users.get(&id));
        user.is_some_and(|user| user.username.eq_ignore_ascii_case(name) || user.id.to_string() == name)
    };
    match query {
        Query::Any(parts) => parts.iter().any(|part| matches(part, world, tweet)),
        Query::All(parts) => parts.iter().all(|part| matches(part, world, tweet)),
        Query::Not(part) => !matches(part, world, tweet),
        Query::Tag(tag) => tags(&tweet.text).any(|each| each.to_lowercase() == *tag),
        Query::Mention(name) => tweet.mentions.iter().any(|id| is_named(Some(*id), name)),
        Query::From(name) => is_named(Some(tweet.author), name),
        Query::To(name) => {
            is_named(tweet.reply_to.and_then(|id| world.tweets.get(&id)).map(|parent| parent.author), name)
        }
        Query::IsRetweet => tweet.retweeted.is_some(),
        Query::IsReply => tweet.reply_to.is_some(),
        Query::IsQuote => tweet.quoted.is_some(),
        Query::HasHashtags => tags(&tweet.text).next().is_some(),
        Query::Words(words) => tweet.text.to_lowercase().contains(words),
    }
}

fn tags(text: &str) -> impl Iterator<Item = String> {
    parts(text).into_iter().filter_map(|part| match part.kind {
        Kind::Tag(tag) => Some(tag),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::world::{Draft, Options};
    use super::*;

    #[test]
    fn what_a_rule_wants() {
        let mut world = World::new(Options::default());
        let (shop, ann) = (world.found("shop", 2_000_000_000_000), world.found("ann", 2_000_000_000_000));
        let post =
            |text: &str, reply_to| Draft { author: ann, text: text.to_owned(), reply_to, ..Draft::default() };
        let first = world
            .publish(&Draft { author: shop, text: "Sale".to_owned(), ..Draft::default() }, 2_000_000_000_000);
        let claim = world.publish(&post("@shop #BuyKettle please", None), 2_000_000_000_000);
        let reply = world.publish(&post("#ConfirmKettle", Some(first)), 2_000_000_000_000);
        let table: [(&str, &[u64]); 9] = [
            ("#buykettle @shop -is:retweet", &[claim]),
            ("#BuyKettle OR #ConfirmKettle", &[claim, reply]),
            ("@shop (#BuyKettle OR #ConfirmKettle) -is:reply", &[claim]),
            ("from:shop", &[first]),
            ("to:shop", &[reply]),
            ("@shop", &[claim, reply]),
            ("\"kettle please\"", &[claim]),
            ("sale OR please has:hashtags", &[first, claim]),
            ("#Buy", &[]),
        ];
        for (rule, expected) in table {
            let query = Query::parse(rule).unwrap();
            let wanted: Vec<u64> = world
                .tweets
                .values()
                .filter(|tweet| matches(&query, &world, tweet))
                .map(|tweet| tweet.id)
                .collect();
            assert_eq!(wanted, expected, "{rule}");
        }
    }
}
