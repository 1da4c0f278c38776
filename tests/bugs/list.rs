//! The planted bugs: deliberate mistakes of one line each. They are inserted into a copy of the program, each
//! behind its own switch, to show that the simulator, or the rig of wires, catches them.
//!
//! To try another one, add an entry and run `cargo test --locked --test bugs`.

/// One mistake.
pub(crate) struct Bug {
    /// Name.
    pub(crate) name: &'static str,
    /// File under `src/`.
    pub(crate) file: &'static str,
    /// A part of the file that occurs once.
    pub(crate) place: &'static str,
    /// The correct expression in it.
    pub(crate) right: &'static str,
    /// The wrong expression that replaces it.
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
    "retries a failed sync" in "journal/file/file_log.rs":
        "self.segment.sync()?;", "self.segment.sync()" => "self.segment.sync().or_else(|_| self.segment.sync())";
    "does not sync the directory of a new segment" in "journal/file/segment.rs":
        r#"disk.fsync_dir(directory).map_err(Error::io("sync", directory))?;"#,
        r#"disk.fsync_dir(directory).map_err(Error::io("sync", directory))"# => "Ok::<(), Error>(())";
    "does not sync a rewritten segment" in "journal/file/segment.rs":
        "        segment.sync()?;\n        segment.path", "segment.sync()" => "Ok::<(), Error>(())";
    "loses the content of the last block" in "journal/file/aligned_blocks.rs":
        "let kept = (self.end - self.begin) % BLOCK_BYTES;",
        "(self.end - self.begin) % BLOCK_BYTES" => "0 * (self.end - self.begin)";
    "treats a short write as a complete one" in "journal/file/disk.rs":
        r#"bytes.get(written..).expect("a write takes no more than it is given")"#,
        r#"bytes.get(written..).expect("a write takes no more than it is given")"# => "&[]";
    "loses the tail in a recovery" in "journal/file/recovery.rs":
        "Segment::create(&*disk, directory, preallocator.take()?, header, &ending.tail)?",
        "&ending.tail" => "&[]";
    "answers before it is durable" in "partition/processor.rs":
        "release: Committed { partition, batch, then }",
        "Committed { partition, batch, then }" =>
        "Committed { partition, then: { if let Some(then) = then { then(&batch) } None }, batch }";
    // Recovery.
    "loses pending effects" in "partition/pending_effects.rs":
        "self.asked.insert((partition, sequence), RecordEffects { at: record.at, effects, form });",
        "self.asked.insert((partition, sequence), RecordEffects { at: record.at, effects, form })" =>
        "{ let _ = (sequence, partition, effects, form); None }";
    "answers a refusal before its cause is durable" in "partition/processor.rs":
        "if releases_inline && self.journal.is_idle() {", "self.journal.is_idle()" => "true";
    "loses the journal's time" in "partition/state/mod.rs":
        "        self.last_sequence = sequence;\n        self.journal_time = self.journal_time.max(record.at);",
        "self.journal_time.max(record.at)" => "self.journal_time";
    "loses earlier answers in a replay" in "domain/session.rs":
        "if let Some(answer) = Answer::to_event(at, event) {", "Answer::to_event(at, event)" => "None";
    // Whose words count.
    "identifies authors by their handles" in "domain/command.rs":
        "account: post.account.clone(),", "post.account.clone()" =>
        "super::id::Account::parse(post.account.network, &post.handle).unwrap_or(post.account.clone())";
    "ignores the network of an author" in "actors/router.rs":
        "asking.map(|((_, post), _)| &post.account)", "&post.account" =>
        "&*Box::leak(Box::new(crate::domain::id::Account {
            network: crate::domain::id::Network::X, author: post.account.author.clone() }))";
    "accepts quotations" in "intake/reading.rs":
        "if quoted {", "quoted" => "quoted && false";
    "accepts reposts by hand" in "intake/reading.rs":
        "copied.then_some(Outcome::ManualRepost)", "copied" => "(copied && false)";
    "accepts edited posts" in "intake/reading.rs":
        "post.edited.then_some(Outcome::Edited)", "post.edited" => "false";
    "accepts the shop's own posts" in "intake/reading.rs":
        "if self.is_own(post) {\n            Some(Outcome::OwnPost)", "self.is_own(post)" => "false";
    "treats a repost as the author's own post" in "intake/reading.rs":
        "post.repost_of.as_ref().filter(|_| !self.is_own(post))", "post.repost_of.as_ref()" =>
        "post.repost_of.as_ref().filter(|_| false)";
    "sells by look-alike tags" in "intake/catalog.rs":
        "Some((twin.listing, None))", "None" => "Some(Role::Buy)";
    "believes posts of any age" in "domain/arrival.rs":
        "if by_wall > max_lateness || is_forgotten { Err(Outcome::Stale) } else { Ok(()) }",
        "by_wall > max_lateness || is_forgotten" => "false";
    "believes posts by journal time" in "actors/router.rs":
        "let command = PostCommand::new(post, intent, link, units).arrived(posted_at, arrival);",
        "PostCommand::new(post, intent, link, units).arrived(posted_at, arrival)" =>
        "PostCommand::new(post, intent, link, units).arrived(posted_at, &Arrival { ahead_most: arrival.ahead_most, ..Arrival::at(now) })";
    "lets a clock that is set move windows" in "clock/course.rs":
        "Self { since_us: steady_us, shown_us, pace, ..next }",
        "Self { since_us: steady_us, shown_us, pace, ..next }" =>
        "Self { since_us: steady_us, shown_us: wall_us, pace, ..next }";
    "refuses a post as future for ever" in "domain/campaign/sessions.rs":
        "let passes = matches!(command.intent, Intent::Accept(_)) || answer.outcome == Outcome::Future;",
        "answer.outcome == Outcome::Future" => "false";
    "forgets the answer to a post" in "domain/session/decide.rs":
        "let first = self.session.recall(&self.command.account, &self.command.post)?;", "self.session" =>
        "Some(self.session).filter(|_| self.command.units > 1_000)?";
    "answers from another campaign" in "partition/state/post.rs":
        "Err(refusal) if refused.1.outcome() == Outcome::NotRelevant => refused = (session, refusal),",
        "refused.1.outcome() == Outcome::NotRelevant" => "true";
    "lets a frozen account buy" in "domain/session/decide.rs":
        "if command.status.frozen && !matches!(command.intent, Intent::Cancel(_)) {", "command.status.frozen" =>
        "false";
    "keeps the claims of a frozen account" in "partition/state/post.rs":
        "for (campaign, slot) in self.sessions_of(&command.account) {\n                let first",
        "self.sessions_of(&command.account)" => "Vec::<(usize, SlotId)>::new()";
    // Time.
    "confirms at the very deadline" in "domain/offer/decide.rs":
        "} else if self.control.sale_time(posted_at) >= reservation.deadline {",
        "self.control.sale_time(posted_at) >= reservation.deadline" => "posted_at > reservation.deadline";
    "sells at the very closing" in "domain/offer/decide.rs":
        "if posted_at >= over_from || now >= self.ends() {", "posted_at >= over_from" => "posted_at > over_from";
    "ends a sale before its last second" in "domain/offer/decide.rs":
        "let over_from = self.terms.closes.after();", "self.terms.closes.after()" => "self.terms.closes.named()";
    "expires without the grace" in "domain/terms.rs":
        "deadline.plus(self.late_grace)", "deadline.plus(self.late_grace)" => "deadline";
    "ends a parking too early" in "domain/session.rs":
        "filter(|parked| parked.until <= now)", "parked.until <= now" => "true";
    "never ends the take-back period" in "domain/offer/give_back.rs":
        "order.taking_back.is_none()\n                && arrived", "arrived" => "(arrived || true)";
    "starts the window at the report" in "domain/offer/provider_report.rs":
        "let deadline = sale_time.plus(self.terms.confirm_within).max(earliest).min(held.deadline);",
        "sale_time.plus(self.terms.confirm_within).max(earliest).min(held.deadline)" =>
        "now.plus(self.terms.confirm_within).plus(self.terms.prompt_patience)";
    "counts a quiet period in full towards forgetting" in "domain/campaign/quiet_periods.rs":
        "if quiet > COUNTED {", "quiet > COUNTED" => "false";
    // Sales that an operator paused.
    "takes claims while paused" in "domain/offer/decide.rs":
        "if self.control.pause().is_some() {\n            return Err(Outcome::Paused", "self.control.pause().is_some()" =>
        "self.control.pause().is_some() && now.ms() % 2 == 0";
    "counts frozen windows by the wall clock" in "domain/sale_control.rs":
        "Some(Pause { since, deadlines: Deadlines::Freeze }) => at.min(since),", "at.min(since)" => "at.max(since)";
    // Reminders.
    "reminds twice" in "domain/offer/decision_builder.rs":
        "self.effect(letter);", "self.effect(letter)" => "{ self.effect(letter.clone()); self.effect(letter) }";
    "reminds by a public reply" in "domain/offer/decision_builder.rs":
        "let letter = Effect::Email { to: held.claim.email.clone(), request };",
        "Effect::Email { to: held.claim.email.clone(), request }" => "Effect::Reply(request)";
    "reminds who has confirmed" in "domain/offer/apply.rs":
        "self.forget_reminder(ordinal);\n        let reservation = self.live(ordinal);",
        "self.forget_reminder(ordinal)" => "()";
    "reminds before the prompt is delivered" in "domain/offer/apply.rs":
        "self.live(id.ordinal).mailed = true;", "self.live(id.ordinal).mailed = true" =>
        "{ self.live(id.ordinal).mailed = true; self.schedule_reminder(id.ordinal) }";
    // Stock and the line.
    "promotes no waiter when units expire" in "domain/offer/deadlines.rs":
        "builder.hand_on(freed);", "builder.hand_on(freed)" => "drop(freed)";
    "promotes no waiter when units are passed on" in "domain/offer/give_back.rs":
        "builder.hand_on(freed);", "builder.hand_on(freed)" => "drop(freed)";
    "promotes no waiter when a card declines" in "domain/offer/provider_report.rs":
        "builder.hand_on(units);", "builder.hand_on(units)" => "drop(units)";
    "reserves one unit too many" in "domain/offer/decide.rs":
        "if free >= command.units {", "free >= command.units" => "free + 1 >= command.units";
    "serves the waitlist from its end" in "domain/waitlist.rs":
        "first.min_by_key(|(number, ..)| *number)?", "first.min_by_key(|(number, ..)| *number)" =>
        "first.max_by_key(|(number, ..)| *number)";
    "skips the draw" in "domain/offer/apply.rs":
        "draw(seed, &entries).into_iter()", "draw(seed, &entries)" => "(0..entries.len()).collect::<Vec<_>>()";
    "ignores the limit of an account" in "domain/offer/decide.rs":
        "if holding.sold.saturating_add(units) > self.terms.limit_per_account {",
        "holding.sold.saturating_add(units)" => "holding.sold";
    "ignores the limit of a card" in "domain/offer/decide.rs":
        "if had.saturating_add(units) > limit {", "had.saturating_add(units)" => "had";
    "ignores the spending cap" in "domain/session/decide.rs":
        "if total > cap.minor {", "total > cap.minor" => "total > cap.minor.saturating_mul(2)";
    "repeats a stock change" in "domain/offer/stock.rs":
        "match self.changes.get(key) {", "self.changes.get(key)" => "None::<&i64>";
    "reserves what was cancelled before it came" in "domain/session/decide.rs":
        "cancel.posted_at >= command.posted_at.min(now)", "cancel.posted_at >= command.posted_at.min(now)" => "false";
    "sells what was deleted before it came" in "partition/state/post.rs":
        "if self.was_deleted(session.now, command) {", "self.was_deleted(session.now, command)" => "false";
    "forgets the shipping" in "domain/terms.rs":
        "self.rules.shipping.map_or(Some(price)", "self.rules.shipping" => "None::<Money>";
    "withdraws units that are reserved" in "domain/offer/stock.rs":
        "if units > self.available {", "units > self.available" => "units > self.available + 1";
    "does not return declined units" in "domain/offer/apply.rs":
        "_ => {\n                self.available += claim.units;", "claim.units" => "0";
    // Money.
    "authorizes before the confirmation" in "domain/offer/decision_builder.rs":
        "self.effect(Effect::Reply(ReplyRequest { place, about, left, ..request }));",
        "Effect::Reply(ReplyRequest { place, about, left, ..request })" =>
        "{ let _ = (place, about, left, request); Effect::Authorize(payment(id, &claim, None)) }";
    "captures without an authorization" in "domain/offer/decision_builder.rs":
        "self.effect(Effect::Authorize(payment(id, claim, heard)));",
        "Effect::Authorize(payment(id, claim, heard))" => "Effect::Capture(payment(id, claim, heard))";
    "asks the card before the posts are read again" in "outbox/queue/entry.rs":
        "(!self.attested && payment.heard.is_some()).then_some(&payment.account)",
        "!self.attested && payment.heard.is_some()" => "self.attested && payment.heard.is_some()";
    "takes other words for the same" in "networks/bluesky/attest.rs":
        "Ok(found) if found.cid == self.cid.as_str() => Stage::Over(Verdict::Same),",
        "found.cid == self.cid.as_str()" => "found.cid.len() < 1_000";
    "forgets that a relay told of the confirmation ahead" in "domain/offer/apply.rs":
        "waiter.cid = Some(cid.clone());", "Some(cid.clone())" => "Some(cid.clone()).filter(|_| false)";
    "reads the claim again and not its confirmation" in "domain/offer/confirmation.rs":
        "(self.post, self.cid.filter(|_| *self.post != claim.post))", "*self.post != claim.post" => "false";
    "does not void the authorization of an order taken back" in "domain/offer/provider_report.rs":
        "builder.effect(Effect::Void(Payment { reference, ..order.payment(id) }));",
        "builder.effect(Effect::Void(Payment { reference, ..order.payment(id) }))" => "drop((order, reference))";
    "forgets the processor's id of a payment" in "domain/offer/apply.rs":
        "order.payment.clone_from(reference);", "order.payment.clone_from(reference)" =>
        "order.payment = reference.clone().filter(|_| false)";
    "refunds what was never captured" in "domain/offer/decision_builder.rs":
        "OrderStage::Authorized => self.push(Event::TakeBackNoted { id, account, units, post }),",
        "self.push(Event::TakeBackNoted { id, account, units, post })" =>
        "{ self.push(Event::TakeBackNoted { id, account, units, post }); self.effect(Effect::Refund(payment(id, &order.claim, None))) }";
    "retries under a new key" in "outbox/queue/departing.rs":
        "key: outside(self.instance.as_ref(), entry.form(), key).into(),",
        "outside(self.instance.as_ref(), entry.form(), key)" =>
        "outside(self.instance.as_ref(), entry.form(), crate::domain::id::EffectKey { index: key.index + 10 * (entry.attempts - 1), ..key })";
    "sends an effect of an earlier epoch under a bare key" in "partition/pending_effects.rs":
        "pending.insert(key, PendingEffect { form, recorded_at, effect, departure });",
        "PendingEffect { form, recorded_at, effect, departure }" => "PendingEffect { form: KeyForm::Bare, recorded_at, effect, departure }";
    "resends an old payment without a look-up" in "outbox/queue/entry.rs":
        "let doubtful = departure != Departure::NotYet;", "departure != Departure::NotYet" => "false";
    "ends the pause of a lane in one partition only" in "outbox/queue/breaking.rs":
        "let partitions = 0..self.partitions;", "0..self.partitions" => "0..1";
    "reverses a credit before it is given" in "outbox/queue/mod.rs":
        "if self.purchases.insert(key, &entry.effect) {",
        "self.purchases.insert(key, &entry.effect)" => "false";
    "lets a probe leave before its key is recorded" in "outbox/queue/breaking.rs":
        "breaker.set_probe(Probe::Recording(key));", "Probe::Recording(key)" => "Probe::Ready(key)";
    "hands the unit of a dead payment on and keeps the money" in "domain/offer/provider_report.rs":
        "&& order.stage == OrderStage::Placed", "order.stage == OrderStage::Placed" => "false";
    "rounds the tax down" in "domain/terms.rs":
        "listed.checked_add(listed.share_half_up(rate)?)", "listed.share_half_up(rate)" => "listed.share_down(rate)";
    // Statement credits.
    "counts a transaction twice" in "domain/credit/decide.rs":
        "if let Some(first) = self.recall(&transaction.id) {", "self.recall(&transaction.id)" =>
        "self.recall(&transaction.id).filter(|_| false)";
    "enrolls a card twice" in "domain/credit/decide.rs":
        "if self.cards.contains_key(link.token()) {", "self.cards.contains_key(link.token())" => "false";
    "reverses a whole credit for a partial refund" in "domain/credit/decide.rs":
        "credit.reversal(refund.amount)", "refund.amount" => "credit.amount";
    "credits a purchase before the enrollment" in "domain/credit/decide.rs":
        "(purchase.at <= card.enrollment.posted_at, Outcome::NotEnrolled),",
        "purchase.at <= card.enrollment.posted_at" => "false";
    "forgets the purchases that waited for their enrollment" in "domain/credit/decide.rs":
        "self.judge_waiting(now, &enrollment, &mut decision);", "self.judge_waiting(now, &enrollment, &mut decision)" => "()";
    "forgets the refund that came before its purchase and the enrollment" in "domain/credit/decide.rs":
        "None => builder.park(refund),\n            }\n        }", "builder.park(refund)" => "()";
    // Control and the exchange of words.
    "an unlinked account keeps what it holds" in "partition/state/mod.rs":
        "self.release_unlinked(now, account, batch);", "self.release_unlinked(now, account, batch)" =>
        "if false { self.release_unlinked(now, account, batch) }";
    "a start keeps what unlinked accounts hold" in "engine/unlinked_release.rs":
        "                accounts.insert(account.clone());", "accounts.insert(account.clone())" =>
        "(false && accounts.insert(account.clone()))";
    "a correction comes after the opening" in "domain/offer/operated.rs":
        "if self.opened || self.closed || now >= self.terms.opens {\n            return Err(Outcome::Closed.into());",
        "self.opened || self.closed || now >= self.terms.opens" => "self.closed";
    "a partition does not learn at a start who is frozen" in "engine/status_exchange.rs":
        "words().filter(|word| ready.partition.lacks(word));", "ready.partition.lacks(word)" => "false";
    "control does not learn at a start what a partition knows" in "engine/status_exchange.rs":
        "words().filter(|word| control.state().lacks(word));", "control.state().lacks(word)" => "false";
    "an older word replaces a newer one" in "domain/account_status.rs":
        "Some(last) => (word.posted_at, word.post.as_ref()) > (last.posted_at, last.post.as_ref()),",
        "(word.posted_at, word.post.as_ref()) > (last.posted_at, last.post.as_ref())" => "true";
    // The wires.
    "posts on Bluesky under a new key at each attempt" in "outbox/provider/bluesky/posting.rs":
        "let uri = AtUri::new(&account.did, POSTS, &record_key(attempt).to_string())", "record_key(attempt)" =>
        "Tid::derived(&format!(\"{} {at}\", attempt.key), attempt.recorded_at)";
    "posts the reply to a refused post on Bluesky under the time at which it heard that post" in
        "outbox/provider/bluesky/posting.rs":
        "DeliveryKey::Refusal { .. } => Tid::named(&name),", "Tid::named(&name)" =>
        "Tid::named(&format!(\"{name} {}\", attempt.recorded_at))";
    "takes its own reply on Bluesky for another one" in "networks/bluesky/record.rs":
        "&& is_same_text(self.text, &found.text)", "is_same_text(self.text, &found.text)" => "self.text == found.text";
    "gives up a reply on Bluesky that comes too soon" in "outbox/provider/bluesky/answers.rs":
        "429 => AttemptResult::Throttled { until: retry_at(answer, now) },\n        400 | 413 => {",
        "AttemptResult::Throttled { until: retry_at(answer, now) }" => "AttemptResult::impossible(\"too soon\")";
    "posts on Mastodon under a new key at each attempt" in "outbox/provider/mastodon/posting.rs":
        "let key = self.delivery.attempt.key.to_string();", "self.delivery.attempt.key.to_string()" =>
        "format!(\"{} {}\", self.delivery.attempt.key, self.delivery.at)";
    "does not know its own post on X again" in "outbox/provider/x/own_posts.rs":
        "&& self.text.as_ref().is_none_or(|text| is_same_text(text, &bare(&unescaped(&post.text))))",
        "is_same_text(text, &bare(&unescaped(&post.text)))" => "false";
    "answers a refused post on X again after a restart" in "outbox/provider/x/provider.rs":
        "made.is_none_or(|made| made < began.plus(X_AHEAD))", "made < began.plus(X_AHEAD)" => "false";
    "posts on X again without a look" in "outbox/provider/x/provider.rs":
        "ResendSafety::NONE.looked_up(LookUp::Inconclusive)", "ResendSafety::NONE.looked_up(LookUp::Inconclusive)" =>
        "ResendSafety::NONE";
    "resumes a Jetstream with the newest post" in "intake/stream/live/bluesky/jetstream_v1.rs":
        "if let Some(us) = resume_at(progress) {", "resume_at(progress)" => "resume_at(progress).filter(|us| *us == 0)";
    "resumes repositories one event too late" in "intake/stream/live/bluesky/repos.rs":
        "Some(position.seq).filter(|seq| *seq > 0)", "Some(position.seq)" => "Some(position.seq + 1)";
    "reads nothing of the past on Mastodon" in "intake/stream/live/mastodon/reading.rs":
        "(self.is_resuming, self.next_round_at) = (true, now);", "(true, now)" => "(false, Timestamp::MAX)";
    "counts what has not shown on X yet as read" in "intake/stream/live/x/progress.rs":
        "let shown = snowflake::first_at(at.minus(self.margin));\n        self.complete_to = self.complete_to.max(self.newest.min(shown));",
        "self.newest.min(shown)" => "shown.max(snowflake::first_at(at))";
    "takes an author's server that is away for one that has the post" in "outbox/provider/bluesky/attestor.rs":
        "Verdict::Unreachable { .. } => Self::Unreachable,", "Self::Unreachable" => "Self::Attested";
    "reads the first of an order's posts alone" in "outbox/provider/bluesky/attestor.rs":
        "for post in posts {", "posts" => "posts.get(..1).unwrap_or(posts)";
    // Addresses for letters.
    "sends letters to an address that nobody proved" in "people/person.rs":
        "self.email.as_deref().filter(|_| self.email_verified)", "self.email_verified" => "true";
    "proves an address when the page of its letter is opened" in "linking/address_desk.rs":
        "AddressLetter::Open(row) => Ok(Shown::Asks(row.shown)),", "Ok(Shown::Asks(row.shown))" =>
        "self.prove(ticket, now)";
    "takes the ticket of a letter twice" in "ops/address_letters.rs":
        "transaction.execute(USE, [ticket])?;", "transaction.execute(USE, [ticket])?" => "0";
    "proves another address than that of the letter" in "linking/address_desk.rs":
        "if is_proven {\n                person.prove_address();", "is_proven" => "true";
    // Payments at Stripe.
    "pays under a new key at each attempt" in "outbox/provider/stripe/order.rs":
        "            key: key.to_string(),", "key.to_string()" => "format!(\"{key}-{}\", attempt.number)";
    "builds a payment of the settings of today" in "outbox/provider/stripe/order.rs":
        "name: payment.id.public(delivery.offering.id()),", "payment.id.public(delivery.offering.id())" =>
        "format!(\"{} {}\", payment.id.public(delivery.offering.id()), delivery.offering.title())";
    "looks payments up by search" in "outbox/provider/stripe/pages.rs":
        "order.card.customer);\n        Self { query, read: 0 }", "Self { query, read: 0 }" =>
        "Self { query: query.replace(\"/payment_intents?\", \"/payment_intents/search?\"), read: 0 }";
    "looks payments up since the time of their record" in "outbox/provider/stripe/pages.rs":
        "let query = format!(\"/v1/payment_intents?customer={}&limit={PAGE}\", order.card.customer);",
        "format!(\"/v1/payment_intents?customer={}&limit={PAGE}\", order.card.customer)" =>
        "format!(\"/v1/payment_intents?customer={}&limit={PAGE}&created%5Bgte%5D={}\", order.card.customer,
            order.recorded_at.ms() / 1000 - 3600)";
    "looks payments up on the first page alone" in "outbox/provider/stripe/pages.rs":
        "match last.filter(|_| page.has_more) {", "page.has_more" => "page.has_more && self.read > PAGES_MAX";
    "takes a payment that is not found for one that was never made" in "outbox/provider/stripe/mod.rs":
        "fn resend_safety(&self) -> ResendSafety {\n        RESEND_SAFETY\n", "RESEND_SAFETY" =>
        "RESEND_SAFETY.looked_up(LookUp::Conclusive)";
    "counts the age of a key by a clock that ran at half speed" in "clock/lag.rs":
        "Some(start) => shown.plus(until.min(start.level).since(from)),",
        "shown.plus(until.min(start.level).since(from))" => "shown";
    "trusts Stripe to remember keys for ever" in "outbox/resend_safety.rs":
        "age >= self.key_remembered", "age >= self.key_remembered" =>
        "self.key_remembered == Millis::ZERO && age >= self.key_remembered";
    "sends what was once in doubt whatever its age" in "outbox/resend_safety.rs":
        "let outlived = was_doubtful &&", "was_doubtful" => "was_doubtful && doubtful";
    "lets nothing go of a payment that is on its way" in "outbox/resend_safety.rs":
        "sent_before.plus(self.arrives_within)", "sent_before.plus(self.arrives_within)" => "sent_before";
    "takes the payment of an order that a restored copy lost" in "outbox/provider/stripe/paying.rs":
        "Look::Found(intent) if !is_of_this_epoch(&intent, order) =>", "is_of_this_epoch(&intent, order)" => "true";
    "declines a payment that is not found" in "outbox/provider/stripe/paying.rs":
        "Ok(self.find_authorization(order, AttemptResult::NotFound))", "AttemptResult::NotFound" =>
        "AttemptResult::Declined { reason: \"not found\".into() }";
    "counts a declined payment as held" in "outbox/provider/stripe/meaning.rs":
        "match (intent.status.as_str(), failure) {", "intent.status.as_str()" => "\"requires_capture\"";
    "lets a payment go under the key that made it" in "outbox/provider/stripe/order.rs":
        "let key = format!(\"{}-leftover\", self.key);", "format!(\"{}-leftover\", self.key)" => "self.key.clone()";
    "believes that what a restored copy kept back has not left" in "outbox/queue/recovering.rs":
        "pending.departure == Departure::NotYet && self.is_of_a_copy(&pending)", "self.is_of_a_copy(&pending)" =>
        "false";
    "reconciles what a restored copy lost with what took its number" in "engine/reconcile/compare.rs":
        "by_key.remove(&(recorded.authorize, recorded.form))", "by_key.remove(&(recorded.authorize, recorded.form))" =>
        "by_key.keys().find(|(key, _)| *key == recorded.authorize).copied().and_then(|key| by_key.remove(&key))";
    "does not tell of payments that the journal lacks" in "engine/reconcile/compare.rs":
        "found.differences.push(format!(\"payment {} of {order}: the journal has no such order\", payment.id));",
        "found.differences.push(format!(\"payment {} of {order}: the journal has no such order\", payment.id))" => "()";
    "takes what somebody returned by hand for nothing" in "engine/reconcile/compare.rs":
        "if returned != expected.returned {", "returned != expected.returned" => "returned < expected.returned";
    "counts a held payment as captured" in "outbox/provider/stripe/meaning.rs":
        "        _ => Meaning::Open,\n    }\n}\n\n/// A payment of which nothing", "Meaning::Open" =>
        "Meaning::Over(AttemptResult::Done { reference: None, at })";
    "counts a captured payment as let go" in "outbox/provider/stripe/meaning.rs":
        "Meaning::Over(AttemptResult::Declined { reason: ALREADY_CAPTURED.into() }),",
        "AttemptResult::Declined { reason: ALREADY_CAPTURED.into() }" => "AttemptResult::Done { reference: None, at }";
    "counts a refund that waits as returned" in "outbox/provider/stripe/meaning.rs":
        "_ => AttemptResult::InProgress { until: at.plus(REFUND_PENDING) },",
        "AttemptResult::InProgress { until: at.plus(REFUND_PENDING) }" => "AttemptResult::Done { reference: None, at }";
    "takes a payment under way for a refused one" in "outbox/provider/stripe/answers.rs":
        "409 => Said::Over(AttemptResult::InProgress { until: now.plus(UNDER_WAY) }),",
        "AttemptResult::InProgress { until: now.plus(UNDER_WAY) }" => "AttemptResult::impossible(\"in use\")";
    "gives payments up because the key is refused" in "outbox/provider/stripe/answers.rs":
        "Said::Over(AttemptResult::shut_out(format_compact!(\"Stripe answers {status} to the shop's key\")))",
        "AttemptResult::shut_out(format_compact!(\"Stripe answers {status} to the shop's key\"))" =>
        "{ let _ = status; AttemptResult::impossible(\"no key\") }";
    "hands the unit of a payment on that waits for its buyer" in "outbox/provider/stripe/paying.rs":
        "return self.close(unpaid);", "self.close(unpaid)" => "Err(AttemptResult::Declined { reason: unpaid.reason })";
    "never closes a payment that waits for its buyer" in "outbox/provider/stripe/paying.rs":
        "if at >= until || !is_id(&unpaid.intent, \"pi_\") {", "at >= until" => "false";
    "closes a payment without a look at it" in "outbox/provider/stripe/paying.rs":
        "let turn = self.look_up(&unpaid.intent);\n        self.asked = Asked::BeforeClosing(unpaid);\n        Ok(turn)",
        "self.look_up(&unpaid.intent)" => "{ return Ok(self.cancel_unpaid(unpaid)); }";
    "closes a payment that its buyer authenticated in time" in "outbox/provider/stripe/meaning.rs":
        "\"requires_capture\" | \"succeeded\" => match of_authorization(intent, order, at) {",
        "of_authorization(intent, order, at)" => "Meaning::Open";
    "hands the unit on though nobody said that the payment is closed" in "outbox/provider/stripe/paying.rs":
        "Said::Over(result) => Err(result),\n            Said::Success(answer) => {\n                let intent: Intent = unreadable_is_unknown(&answer)?;\n                let odd = || ",
        "Err(result)" => "{ let _ = result; Err(AttemptResult::Declined { reason: unpaid.reason }) }";
    "believes a buyer who comes back from the bank" in "outbox/provider/stripe/on_session.rs":
        "Ok(self.standing(&self.read(challenge)?))", "self.standing(&self.read(challenge)?)" =>
        "{ self.read(challenge)?; Standing::Held }";
    "leaves a payment at the bank that waits for nobody" in "outbox/provider/stripe/paying.rs":
        "Meaning::AsksForBuyer(reason) => self.close(Unpaid { intent: intent.id.clone(), reason }),",
        "self.close(Unpaid { intent: intent.id.clone(), reason })" =>
        "self.tidy(order, &intent.id, AttemptResult::Declined { reason })";
    "takes a payment for one that was never made because a look behind it did not leave" in "outbox/provider/stripe/paying.rs":
        "Turn::Over(if self.acted { in_doubt(result) } else { result })", "if self.acted { in_doubt(result) } else { result }" =>
        "result";
    "watches over money that is captured" in "outbox/provider/stripe/hold_news.rs":
        "| (Kind::Void | Kind::Refund, Some(payment), _) => Some(Self::Ends(payment.clone())),",
        "Some(Self::Ends(payment.clone()))" => "None";
    // Backups.
    "restores who was erased since" in "backups/restoring.rs":
        "let erased = erased_since(directory, manifest.erasures)?;", "erased_since(directory, manifest.erasures)?" =>
        "std::collections::BTreeSet::new()";
    "keeps keys beyond their retention" in "backups/keeping.rs":
        "now.since(name.made_at()) > self.retention", "now.since(name.made_at()) > self.retention" => "false";
    "counts an erasure under way as completed" in "backups/ledger.rs":
        "state.under_way.first().copied().unwrap_or(state.lines)",
        "state.under_way.first().copied().unwrap_or(state.lines)" => "state.lines";
    // Webhooks, and what banks object to.
    "takes a webhook without its signature" in "outbox/provider/stripe/endpoint.rs":
        "if let Err(why) = self.secrets.check(signature, body, now) {", "self.secrets.check(signature, body, now)" =>
        "self.secrets.check(signature, body, now).or(Ok::<(), Forged>(()))";
    "takes a webhook that was caught on its way" in "outbox/provider/stripe/signature.rs":
        "seconds * 1000 > TOLERANCE.ms()", "TOLERANCE.ms()" => "i64::MAX";
    "signs without the time" in "outbox/provider/stripe/signature.rs":
        "mac.chain_update(at.to_string()).chain_update(b\".\")", "at.to_string()" =>
        "now.ms().div_euclid(1000).to_string()";
    "follows an event twice" in "engine/card_events/follower.rs":
        "if self.memory.is_followed(id)? {", "self.memory.is_followed(id)?" => "false";
    "counts an event as followed that was not recorded" in "engine/card_events/follower.rs":
        "match self.notes.note(found)? {", "self.notes.note(found)?" =>
        "self.notes.note(found).unwrap_or(ObjectionNoted::Known)";
    "reads the list from the newest event" in "engine/card_events/follower.rs":
        "cursor.map_or(earliest, |cursor| cursor - LISTED_LATE_SECS)", "cursor - LISTED_LATE_SECS" => "cursor + 1";
    "notes what concerns another shop" in "outbox/provider/stripe/objections.rs":
        "if !intent.has(\"instance\", &instance.to_string()) {", "!intent.has(\"instance\", &instance.to_string())" => "false";
    "believes what a webhook tells of a dispute" in "outbox/provider/stripe/objections.rs":
        "match one::<WireDispute>(api, http, &format!(\"/v1/disputes/{id}\"))? {",
        "one::<WireDispute>(api, http, &format!(\"/v1/disputes/{id}\"))?" =>
        "one::<serde_json::Value>(api, http, &format!(\"/v1/events/{}\", event.id))?
            .filter(|_| !id.is_empty())
            .and_then(|told| serde_json::from_value::<WireDispute>(told[\"data\"][\"object\"].clone()).ok())";
    "takes a won dispute for a lost one" in "outbox/provider/stripe/dispute.rs":
        "\"won\" => DisputeStage::Won,", "DisputeStage::Won" => "DisputeStage::Lost";
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
