//! What people do here without requests.

use super::tweet::Tweet;
use super::world::{Draft, World};
use crate::society::{Author, Post, Society};

impl Society for World {
    fn join(&mut self, handle: &str, now_ms: i64) -> Author {
        let id = self.found(handle, now_ms).to_string();
        Author { id, handle: handle.to_owned() }
    }

    fn post(&mut self, handle: &str, text: &str, reply_to: Option<&str>, now_ms: i64) -> Option<String> {
        let author = self.named(handle)?.id;
        let reply_to = match reply_to {
            Some(id) => Some(self.tweets.get(&id.parse().ok()?)?.id),
            None => None,
        };
        let draft = Draft { author, text: text.to_owned(), reply_to, ..Draft::default() };
        Some(self.publish(&draft, now_ms).to_string())
    }

    fn repost(&mut self, handle: &str, post: &str, now_ms: i64) -> Option<String> {
        let author = self.named(handle)?.id;
        let original = self.tweets.get(&post.parse().ok()?)?;
        let text = self.retweet_text(original);
        let draft = Draft { author, text, retweeted: Some(original.id), ..Draft::default() };
        Some(self.publish(&draft, now_ms).to_string())
    }

    fn delete(&mut self, handle: &str, post: &str, _now_ms: i64) -> bool {
        let author = self.named(handle).map(|user| user.id);
        let own = post.parse().ok().and_then(|id: u64| self.tweets.get(&id));
        match own.filter(|tweet| Some(tweet.author) == author).map(|tweet| tweet.id) {
            Some(id) => self.remove(id),
            None => false,
        }
    }

    fn posts_since(&self, position: u64, max: usize) -> Vec<Post> {
        let tweets = self.tweets.range(position..).map(|(_, tweet)| tweet);
        let posts = tweets.filter(|tweet| tweet.retweeted.is_none());
        posts.filter_map(|tweet| read(self, tweet)).take(max).collect()
    }
}

fn read(world: &World, tweet: &Tweet) -> Option<Post> {
    let author = world.users.get(&tweet.author)?;
    Some(Post {
        id: tweet.id.to_string(),
        author: Author { id: author.id.to_string(), handle: author.username.clone() },
        text: tweet.text.clone(),
        reply_to: tweet.reply_to.map(|id| id.to_string()),
        at_ms: tweet.at_ms,
        position: tweet.id + 1,
    })
}
