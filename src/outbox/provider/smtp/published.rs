//! What the domain of the shop's letters publishes, so that mail servers take them for the shop's: SPF, DKIM and DMARC.

use compact_str::format_compact;

use crate::networks::Note;

/// Domains of which nobody can publish anything (RFC 2606).
const RESERVED: [&str; 4] = ["example", "invalid", "localhost", "test"];

/// Looks the texts of a name up, or says why they are not known.
pub type LookUp<'a> = dyn Fn(&str) -> Result<Vec<String>, String> + 'a;

/// The domain of the shop's letters.
#[derive(Debug, Clone, Copy)]
pub struct SenderDomain<'a> {
    /// Its name.
    pub name: &'a str,
    /// The name of the mail server's signature key in it, if the shop says it.
    pub selector: Option<&'a str>,
    /// Whether letters of a shop that sells for real leave from it.
    pub is_live: bool,
}

impl SenderDomain<'_> {
    /// What the domain publishes, what is missing, and what to publish.
    #[must_use]
    pub fn judge(&self, look_up: &LookUp<'_>) -> Vec<Note> {
        let domain = self.name;
        if RESERVED.iter().any(|end| domain.rsplit('.').next() == Some(end)) {
            return vec![Note::advice(format_compact!(
                "{domain} is a name for examples: SPF, DKIM and DMARC were not looked up"
            ))];
        }
        vec![self.spf(look_up), self.dkim(look_up), self.dmarc(look_up)]
    }

    fn lacks(&self, text: String) -> Note {
        if self.is_live { Note::missing(text) } else { Note::advice(text) }
    }

    fn spf(&self, look_up: &LookUp<'_>) -> Note {
        let domain = self.name;
        let texts = match look_up(domain) {
            Ok(texts) => texts,
            Err(why) => return unknown("SPF", domain, &why),
        };
        let records = texts.iter().filter(|text| *text == "v=spf1" || text.starts_with("v=spf1 "));
        let records: Vec<&String> = records.collect();
        let [record] = records.as_slice() else {
            return self.lacks(match records.as_slice() {
                [] => format!(
                    "SPF: {domain} does not say who sends its mail; publish the TXT record \"v=spf1 include:... ~all\" there, \
                     with the name that your mail server's operator gives for `include`"
                ),
                _ => format!("SPF: {domain} has two records, so none of them counts; publish one that says both"),
            });
        };
        let words = || record.split_whitespace();
        if words().any(|word| matches!(word, "all" | "+all" | "?all")) {
            return self
                .lacks(format!("SPF: \"{record}\" lets anybody send as {domain}; end it with ~all or -all"));
        }
        if !words().any(|word| matches!(word, "~all" | "-all") || word.starts_with("redirect=")) {
            return self
                .lacks(format!("SPF: \"{record}\" of {domain} forbids nobody; end it with ~all or -all"));
        }
        Note::good(format_compact!("SPF: {domain} has \"{record}\"; it must name your mail server"))
    }

    fn dkim(&self, look_up: &LookUp<'_>) -> Note {
        let Some(selector) = self.selector else {
            return Note::advice(
                "DKIM: it can be looked up once dkim_selector in [mail] says under which name your mail server's key is \
                 published; its operator shows it",
            );
        };
        let name = format!("{selector}._domainkey.{}", self.name);
        let texts = match look_up(&name) {
            Ok(texts) => texts,
            Err(why) => return unknown("DKIM", &name, &why),
        };
        let keys: Vec<&str> = texts.iter().filter_map(|text| tag(text, "p")).collect();
        match keys.as_slice() {
            [] => self.lacks(format!(
                "DKIM: {name} has no key; publish the TXT record there that your mail server's operator shows"
            )),
            keys if keys.iter().all(|key| key.is_empty()) => self.lacks(format!(
                "DKIM: the key of {name} is revoked; publish the one that your mail server signs with"
            )),
            _ => Note::good(format_compact!("DKIM: {name} has a key")),
        }
    }

    /// The record may be that of a domain above.
    fn dmarc(&self, look_up: &LookUp<'_>) -> Note {
        let mut domain = self.name;
        loop {
            let name = format!("_dmarc.{domain}");
            let texts = match look_up(&name) {
                Ok(texts) => texts,
                Err(why) => return unknown("DMARC", &name, &why),
            };
            let policy =
                texts.iter().filter(|text| text.starts_with("v=DMARC1")).find_map(|text| tag(text, "p"));
            match policy {
                Some("quarantine" | "reject") => {
                    return Note::good(format_compact!("DMARC: {name} says what becomes of forged letters"));
                }
                Some(_) => {
                    return Note::advice(format_compact!(
                        "DMARC: {name} lets forged letters pass; once the shop's own arrive, write p=quarantine"
                    ));
                }
                None => {}
            }
            domain = match domain.split_once('.') {
                Some((_, above)) if above.contains('.') => above,
                _ => break,
            };
        }
        self.lacks(format!(
            "DMARC: {} does not say what becomes of forged letters, and the large mailboxes take no letters in bulk without it; \
             publish the TXT record \"v=DMARC1; p=none; rua=mailto:postmaster@{}\" at _dmarc.{}",
            self.name, self.name, self.name
        ))
    }
}

/// The value of a tag in a list such as `v=DKIM1; k=rsa; p=...`.
fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(';').find_map(|tag| {
        let (own, value) = tag.split_once('=')?;
        (own.trim() == name).then_some(value.trim())
    })
}

fn unknown(what: &str, name: &str, why: &str) -> Note {
    Note::advice(format_compact!("{what}: {name} could not be looked up: {why}"))
}
