//! What people do here without requests.

use serde_json::{Value, json};

use super::event::{Action, Change, Event};
use super::record::{POST, REPOST, post};
use super::repo::Repo;
use super::world::{World, parts_of};
use crate::exchange::at;
use crate::society::{Author, Post, Society};

impl Society for World {
    fn join(&mut self, handle: &str, now_ms: i64) -> Author {
        let id = self.found(handle, now_ms);
        Author { id, handle: handle.to_owned() }
    }

    fn post(&mut self, handle: &str, text: &str, reply_to: Option<&str>, now_ms: i64) -> Option<String> {
        let did = self.did_of(handle)?;
        let reply = match reply_to {
            Some(uri) => Some(reply_to_record(self, uri)?),
            None => None,
        };
        let record = post(text, reply, now_ms, |name| self.did_of(name));
        write(self, &did, POST, &record, now_ms)
    }

    fn repost(&mut self, handle: &str, post: &str, now_ms: i64) -> Option<String> {
        let did = self.did_of(handle)?;
        let subject = reference(self, post)?;
        let created = crate::time::iso_ms(now_ms);
        let record = json!({"$type": REPOST, "subject": subject, "createdAt": created});
        write(self, &did, REPOST, &record, now_ms)
    }

    fn delete(&mut self, handle: &str, post: &str, now_ms: i64) -> bool {
        let Some((author, collection, rkey)) = parts_of(post) else { return false };
        let Some(did) = self.did_of(handle).filter(|did| did == author) else { return false };
        self.write(&did, now_ms, |repo, did, rev| repo.delete(did, collection, rkey, rev)).is_some()
    }

    fn posts_since(&self, position: u64, max: usize) -> Vec<Post> {
        let read = |(number, event): (u64, &Event)| read_post(self, number, event);
        self.events.since(position).filter_map(read).take(max).collect()
    }
}

fn write(world: &mut World, did: &str, collection: &str, record: &Value, now_ms: i64) -> Option<String> {
    let rkey = world.new_tid(now_ms);
    world.write(did, now_ms, |repo, did, rev| repo.put(did, collection, &rkey, record, rev))?;
    Some(format!("at://{did}/{collection}/{rkey}"))
}

impl World {
    /// A relay that lies: its streams tell of a post by this account that nobody wrote, and no server has. Returns the
    /// address of the post.
    pub fn forge(&mut self, handle: &str, text: &str, now_ms: i64) -> Option<String> {
        let rkey = self.new_tid(now_ms);
        let did = self.did_of(handle)?;
        self.forge_record(&did, POST, &rkey, text, now_ms)
    }

    /// A relay that lies: its streams tell of other words at the address of a post that its author wrote.
    pub fn forge_over(&mut self, post: &str, text: &str, now_ms: i64) -> Option<String> {
        let (did, collection, rkey) = parts_of(post)?;
        let (did, collection, rkey) = (did.to_owned(), collection.to_owned(), rkey.to_owned());
        self.forge_record(&did, &collection, &rkey, text, now_ms)
    }

    /// The hash of a record that an account has.
    #[must_use]
    pub fn cid_of(&self, uri: &str) -> Option<String> {
        let (did, collection, rkey) = parts_of(uri)?;
        let (_, cid) = self.accounts.get(did)?.repo.record(&format!("{collection}/{rkey}"))?;
        Some(cid.to_string())
    }

    fn forge_record(
        &mut self,
        did: &str,
        collection: &str,
        rkey: &str,
        text: &str,
        now_ms: i64,
    ) -> Option<String> {
        let record = post(text, None, now_ms, |name| self.did_of(name));
        // The hash and the archive are those of the invented record: only its author's server does not have it.
        let rev = self.new_tid(now_ms);
        let commit = Repo::default().put(did, collection, rkey, &record, &rev)?;
        self.tell(did, Change::Commit(Box::new(commit)), now_ms);
        Some(format!("at://{did}/{collection}/{rkey}"))
    }
}

/// A strong reference to a record.
fn reference(world: &World, uri: &str) -> Option<Value> {
    Some(json!({"uri": uri, "cid": world.cid_of(uri)?}))
}

/// Parent and root of an answer: the parent's own root, if it has one.
fn reply_to_record(world: &World, uri: &str) -> Option<Value> {
    let parent = reference(world, uri)?;
    let (did, collection, rkey) = parts_of(uri)?;
    let (value, _) = world.accounts.get(did)?.repo.record(&format!("{collection}/{rkey}"))?;
    let root = at(value, "/reply/root").clone();
    let root = if root.is_null() { &parent } else { &root };
    Some(json!({"root": root, "parent": parent}))
}

fn read_post(world: &World, number: u64, event: &Event) -> Option<Post> {
    let Change::Commit(commit) = &event.change else { return None };
    if commit.collection != POST || commit.action != Action::Create {
        return None;
    }
    let (record, _) = commit.record.as_ref()?;
    let handle = world.accounts.get(&event.did)?.handle.clone();
    Some(Post {
        id: format!("at://{}/{POST}/{}", event.did, commit.rkey),
        author: Author { id: event.did.clone(), handle },
        text: at(record, "/text").as_str().unwrap_or_default().to_owned(),
        reply_to: at(record, "/reply/parent/uri").as_str().map(str::to_owned),
        at_ms: event.time_us / 1000,
        position: number + 1,
    })
}
