//! What people do here without requests.

use super::status::{Status, Visibility};
use super::status_calls::reblog_draft;
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
            Some(id) => Some(self.statuses.get(&id.parse().ok()?)?.id),
            None => None,
        };
        let draft = Draft {
            author,
            text: text.to_owned(),
            visibility: Visibility::Public,
            language: Some("en".to_owned()),
            spoiler: String::new(),
            reply_to,
            reblog_of: None,
            app: Some("Web".to_owned()),
        };
        Some(self.publish(draft, now_ms).to_string())
    }

    fn repost(&mut self, handle: &str, post: &str, now_ms: i64) -> Option<String> {
        let author = self.named(handle)?.id;
        let original = self.statuses.get(&post.parse().ok()?)?.id;
        Some(self.publish(reblog_draft(author, original), now_ms).to_string())
    }

    fn delete(&mut self, handle: &str, post: &str, _now_ms: i64) -> bool {
        let Some(author) = self.named(handle).map(|account| account.id) else { return false };
        let own = post.parse().ok().and_then(|id: u64| self.statuses.get(&id));
        match own.filter(|status| status.author == author).map(|status| status.id) {
            Some(id) => self.remove(id).is_some(),
            None => false,
        }
    }

    fn posts_since(&self, position: u64, max: usize) -> Vec<Post> {
        let statuses = self.statuses.range(position..).map(|(_, status)| status);
        let posts = statuses.filter(|status| status.reblog_of.is_none());
        posts.filter_map(|status| read(self, status)).take(max).collect()
    }
}

fn read(world: &World, status: &Status) -> Option<Post> {
    let author = world.accounts.get(status.author)?;
    Some(Post {
        id: status.id.to_string(),
        author: Author { id: author.id.to_string(), handle: author.username.clone() },
        text: status.text.clone(),
        reply_to: status.reply_to.map(|id| id.to_string()),
        at_ms: status.at_ms,
        position: status.id + 1,
    })
}
