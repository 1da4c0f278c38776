//! The letters of a shop to the owner of an account about the account itself.

use minijinja::Value;

use super::line::one_line;
use super::owner_letter::OwnerLetter;
use super::shop_words::{Letter, Words};
use crate::domain::id::Account;
use crate::domain::time::Timestamp;

impl Words {
    /// The letter to the owner of an account, whose name at its network is `shown`, as read at `now`.
    #[must_use]
    pub fn owner_letter(
        &self,
        about: OwnerLetter<'_>,
        account: &Account,
        shown: &str,
        now: Timestamp,
    ) -> Letter {
        let [subject, text, html] = about.templates();
        let mut context = about.context(self.shop(), account, shown, |at| self.deadline(at, now));
        let subject = one_line(&self.templates.render_value(subject, &Value::from(context.clone())));
        context.insert("subject", Value::from(subject.as_str()));
        let context = Value::from(context);
        Letter {
            text: self.templates.render_value(text, &context),
            html: self.templates.render_value(html, &context),
            subject,
        }
    }
}
