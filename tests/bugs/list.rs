//! The bugs: deliberate mistakes of one line each. The program does not have them; they are planted into a
//! copy of it, each behind a switch of its own, to show that the simulator catches it.
//!
//! To try another one: add an entry, and run `cargo test --locked --test bugs`.

/// One mistake.
pub(crate) struct Bug {
    /// What it is, in a few words.
    pub(crate) name: &'static str,
    /// Below `src/`.
    pub(crate) file: &'static str,
    /// A piece of that file that is nowhere else in it.
    pub(crate) place: &'static str,
    /// The expression in it that is right.
    pub(crate) right: &'static str,
    /// The expression that stands there instead.
    pub(crate) wrong: &'static str,
}

macro_rules! bugs {
    ($($name:literal in $file:literal: $place:literal, $right:literal => $wrong:literal;)*) => {
        pub(crate) const BUGS: &[Bug] =
            &[$(Bug { name: $name, file: $file, place: $place, right: $right, wrong: $wrong },)*];
    };
}

bugs! {
    // The journal.
    "acknowledges before the sync" in "journal/file/file_log.rs":
        "Durability::EachBatch => self.make_durable(),", "self.make_durable()" => "Ok(())";
    "tries a failed sync again" in "journal/file/file_log.rs":
        "self.segment.sync()?;", "self.segment.sync()" => "self.segment.sync().or_else(|_| self.segment.sync())";
    "does not sync the directory of a new segment" in "journal/file/segment.rs":
        r#"disk.fsync_dir(directory).map_err(Error::io("sync", directory))?;"#,
        r#"disk.fsync_dir(directory).map_err(Error::io("sync", directory))"# => "Ok::<(), Error>(())";
    "does not sync a segment that was written anew" in "journal/file/segment.rs":
        "        segment.sync()?;\n        segment.path", "segment.sync()" => "Ok::<(), Error>(())";
    "forgets what the last block held" in "journal/file/aligned_blocks.rs":
        "let kept = (self.end - self.begin) % BLOCK_BYTES;",
        "(self.end - self.begin) % BLOCK_BYTES" => "0 * (self.end - self.begin)";
    "takes a short write for a whole one" in "journal/file/disk.rs":
        r#"bytes.get(written..).expect("a write takes no more than it is given")"#,
        r#"bytes.get(written..).expect("a write takes no more than it is given")"# => "&[]";
    "forgets the tail when it recovers" in "journal/file/recovery.rs":
        "Segment::create(&*disk, directory, preallocator.take()?, header, &ending.tail)?",
        "&ending.tail" => "&[]";
    "answers before it is durable" in "partition/processor.rs":
        "release: Committed { partition, batch, then }",
        "Committed { partition, batch, then }" =>
        "Committed { partition, then: { if let Some(then) = then { then(&batch) } None }, batch }";
    // Recovery.
    "forgets the effects that are not done" in "partition/pending_effects.rs":
        "self.asked.insert((partition, sequence), RecordEffects { at: record.at, effects, form });",
        "self.asked.insert((partition, sequence), RecordEffects { at: record.at, effects, form })" =>
        "{ let _ = (sequence, partition, effects, form); None }";
    "answers a refusal before what it was refused for is durable" in "partition/processor.rs":
        "if releases_inline && self.journal.is_idle() {", "self.journal.is_idle()" => "true";
    "does not remember the time of the journal" in "partition/state/mod.rs":
        "        self.last_sequence = sequence;\n        self.journal_time = self.journal_time.max(record.at);",
        "self.journal_time.max(record.at)" => "self.journal_time";
    "forgets on replay what was said before" in "domain/session.rs":
        "if let Some(answer) = Answer::to_event(at, event) {", "Answer::to_event(at, event)" => "None";
    // Whose words count.
    "takes the handle for the author" in "domain/command.rs":
        "account: post.account.clone(),", "post.account.clone()" =>
        "super::id::Account::parse(post.account.network, &post.handle).unwrap_or(post.account.clone())";
    "takes authors of two networks for one" in "actors/routes.rs":
        "asking.map(|((_, post), _)| &post.account)", "&post.account" =>
        "&*Box::leak(Box::new(crate::domain::id::Account {
            network: crate::domain::id::Network::X, author: post.account.author.clone() }))";
    "accepts quotes" in "intake/reading.rs":
        "} else if post.quote_of.is_some() {", "post.quote_of.is_some()" => "false";
    "accepts edited posts" in "intake/reading.rs":
        "post.edited.then_some(Outcome::Edited)", "post.edited" => "false";
    "accepts the shop's own posts" in "intake/reading.rs":
        "if self.is_own(post) {\n            Some(Outcome::OwnPost)", "self.is_own(post)" => "false";
    "takes what is reposted for the author's own word" in "intake/reading.rs":
        "post.repost_of.as_ref().filter(|_| !self.is_own(post))", "post.repost_of.as_ref()" =>
        "post.repost_of.as_ref().filter(|_| false)";
    "sells by tags that only look alike" in "intake/catalog.rs":
        "Some((twin.listing, None))", "None" => "Some(Role::Buy)";
    "believes posts however old they are" in "domain/session.rs":
        "} else if now.since(posted_at) > max_lateness {", "now.since(posted_at) > max_lateness" => "false";
    "forgets what a post was told" in "domain/session/decide.rs":
        "let first = self.session.recall(&self.command.account, &self.command.post)?;", "self.session" =>
        "Some(self.session).filter(|_| self.command.units > 1_000)?";
    "lets the campaign that is not concerned answer" in "partition/state/post.rs":
        "Err(refusal) if refused.1.outcome() == Outcome::NotRelevant => refused = (session, refusal),",
        "refused.1.outcome() == Outcome::NotRelevant" => "true";
    "lets a frozen account buy" in "domain/session/decide.rs":
        "if command.status.frozen && !matches!(command.intent, Intent::Cancel(_)) {", "command.status.frozen" =>
        "false";
    "keeps what a frozen account had" in "partition/state/post.rs":
        "self.decide_post(campaign, now, command, Some(slot), batch).ok();",
        "self.decide_post(campaign, now, command, Some(slot), batch).ok()" => "None";
    // Time.
    "confirms at the deadline itself" in "domain/offer/decide.rs":
        "} else if posted_at >= reservation.deadline {", "posted_at >= reservation.deadline" =>
        "posted_at > reservation.deadline";
    "sells at the closing itself" in "domain/offer/decide.rs":
        "if posted_at >= self.terms.closes || now >= self.terms.ends() {", "posted_at >= self.terms.closes" =>
        "posted_at > self.terms.closes";
    "expires without the grace" in "domain/terms.rs":
        "deadline.plus(self.late_grace)", "deadline.plus(self.late_grace)" => "deadline";
    "ends a parking too soon" in "domain/session.rs":
        "filter(|parked| parked.until <= now)", "parked.until <= now" => "true";
    "lets an order be taken back for ever" in "domain/offer/give_back.rs":
        "order.taking_back.is_none()\n                && arrived", "arrived" => "(arrived || true)";
    "starts the window when the report comes" in "domain/offer/provider_report.rs":
        "let deadline = at.plus(self.terms.confirm_within).max(earliest).min(held.deadline);",
        "at.plus(self.terms.confirm_within).max(earliest).min(held.deadline)" =>
        "now.plus(self.terms.confirm_within).plus(self.terms.prompt_patience)";
    // Stock and the line.
    "promotes nobody when units expire" in "domain/offer/deadlines.rs":
        "builder.hand_on(freed);", "builder.hand_on(freed)" => "drop(freed)";
    "promotes nobody when units are passed on" in "domain/offer/give_back.rs":
        "builder.hand_on(freed);", "builder.hand_on(freed)" => "drop(freed)";
    "promotes nobody when a card declines" in "domain/offer/provider_report.rs":
        "builder.hand_on(units);", "builder.hand_on(units)" => "drop(units)";
    "reserves a unit more than there is" in "domain/offer/decide.rs":
        "if free >= said.units {", "free >= said.units" => "free + 1 >= said.units";
    "serves the line from its end" in "domain/waitlist.rs":
        "first.min_by_key(|(number, ..)| *number)?", "first.min_by_key(|(number, ..)| *number)" =>
        "first.max_by_key(|(number, ..)| *number)";
    "draws no lots" in "domain/offer/apply.rs":
        "draw(seed, &entries).into_iter()", "draw(seed, &entries)" => "(0..entries.len()).collect::<Vec<_>>()";
    "forgets the limit of an account" in "domain/offer/decide.rs":
        "if holding.sold.saturating_add(units) > self.terms.limit_per_account {",
        "holding.sold.saturating_add(units)" => "holding.sold";
    "forgets the limit of a card" in "domain/offer/decide.rs":
        "if had.saturating_add(units) > limit {", "had.saturating_add(units)" => "had";
    "forgets the spending cap" in "domain/session/decide.rs":
        "if total > cap.minor {", "total > cap.minor" => "total > cap.minor.saturating_mul(2)";
    "makes a change of the stock twice" in "domain/offer/stock.rs":
        "match self.changes.get(key) {", "self.changes.get(key)" => "None::<&i64>";
    "withdraws units that somebody has" in "domain/offer/stock.rs":
        "if units > self.available {", "units > self.available" => "units > self.available + 1";
    "returns no units that were declined" in "domain/offer/apply.rs":
        "_ => {\n                self.available += ended.units;", "ended.units" => "0";
    // Money.
    "authorizes before anybody confirmed" in "domain/offer/decision_builder.rs":
        "self.effect(Effect::Reply(ReplyRequest { place, about, ..notice }));\n        }\n    }\n\n    /// Reserves the available",
        "Effect::Reply(ReplyRequest { place, about, ..notice })" =>
        "{ let _ = (place, about, notice); Effect::Authorize(payment(id, &claim)) }";
    "captures without an authorization" in "domain/offer/decision_builder.rs":
        "self.effect(Effect::Authorize(payment(id, claim)));", "Effect::Authorize(payment(id, claim))" =>
        "Effect::Capture(payment(id, claim))";
    "lets nothing go that was taken back" in "domain/offer/provider_report.rs":
        "builder.effect(Effect::Void(payment(id, &order.claim)));",
        "builder.effect(Effect::Void(payment(id, &order.claim)))" => "drop(order)";
    "refunds what was never captured" in "domain/offer/decision_builder.rs":
        "OrderStage::Authorized => self.push(Event::TakeBackNoted { id, account, units, post }),",
        "self.push(Event::TakeBackNoted { id, account, units, post })" =>
        "{ self.push(Event::TakeBackNoted { id, account, units, post }); self.effect(Effect::Refund(payment(id, &order.claim))) }";
    "uses a new key when it tries again" in "outbox/queue/mod.rs":
        "key: key.into(),\n            effect: entry.effect.clone(),", "key.into()" =>
        "EffectKey { index: key.index + 10 * (entry.attempts - 1), ..key }.into()";
    "sends an old payment without looking it up" in "outbox/queue/mod.rs":
        "entry.doubtful = true;", "true" => "false";
    "takes a credit back before it is given" in "outbox/queue/mod.rs":
        "if self.purchases.insert(key, &entry.effect) {",
        "self.purchases.insert(key, &entry.effect)" => "false";
    "rounds the tax down" in "domain/terms.rs":
        "net.share_half_up(rate)?", "net.share_half_up(rate)" => "net.share_down(rate)";
    // Statement credits.
    "counts a transaction twice" in "domain/credit/decide.rs":
        "if let Some(first) = self.recall(&transaction.id) {", "self.recall(&transaction.id)" =>
        "self.recall(&transaction.id).filter(|_| false)";
    "enrolls a card twice" in "domain/credit/decide.rs":
        "if self.cards.contains_key(link.token()) {", "self.cards.contains_key(link.token())" => "false";
    "takes all of a credit back for a part of its purchase" in "domain/credit/decide.rs":
        "credit.reversal(refund.amount)", "refund.amount" => "credit.amount";
    "credits a purchase of before the enrollment" in "domain/credit/decide.rs":
        "(purchase.at <= card.enrollment.posted_at, Outcome::NotEnrolled),",
        "purchase.at <= card.enrollment.posted_at" => "false";
}

impl Bug {
    /// The text of the file with the mistake behind its switch.
    pub(crate) fn plant(&self, text: &str) -> Result<String, String> {
        let Self { name, file, place, right, wrong } = self;
        let switched = format!("(if crate::planted::is({name:?}) {{ {wrong} }} else {{ {right} }})");
        let once = |found: usize, what: &str, within: &str| match found {
            1 => Ok(()),
            _ => Err(format!("src/{file}: `{what}` is {found} times in {within}, not once ({name})")),
        };
        once(text.matches(place).count(), place, "the file")?;
        once(place.matches(right).count(), right, "its place")?;
        Ok(text.replace(place, &place.replace(right, &switched)))
    }
}
