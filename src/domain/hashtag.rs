//! STUB to be replaced.
pub struct Hashtag<'a> {
    pub tag: &'a str,
    pub bytes: std::ops::Range<usize>,
}
pub fn hashtags(text: &str) -> Vec<Hashtag<'_>> {
    text.match_indices('#')
        .map(|(i, _)| {
            let rest = &text[i + 1..];
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            Hashtag { tag: &rest[..end], bytes: i..i + 1 + end }
        })
        .collect()
}
pub fn manual_repost(text: &str) -> Option<usize> {
    text.find("RT @")
}
