//! How a text becomes HTML.

use crate::richtext::{Kind, escape, parts};

/// Writes the text as the instance shows it. `profile` is the address of an account that a name mentions, with its bare
/// name.
pub(crate) fn html(text: &str, base_url: &str, profile: impl Fn(&str) -> Option<(String, String)>) -> String {
    let mut body = String::new();
    let mut written = 0;
    for part in parts(text) {
        let markup = match &part.kind {
            Kind::Tag(tag) => {
                let name = tag.to_lowercase();
                Some(format!(
                    "<a href=\"{base_url}/tags/{name}\" class=\"mention hashtag\" rel=\"tag\">#<span>{tag}</span></a>"
                ))
            }
            Kind::Mention(name) => profile(name).map(|(url, name)| {
                format!(
                    "<span class=\"h-card\" translate=\"no\"><a href=\"{url}\" class=\"u-url mention\">@<span>{name}\
                     </span></a></span>"
                )
            }),
            Kind::Link(url) => Some(link(url)),
        };
        if let Some(markup) = markup {
            body.push_str(&plain(text.get(written..part.start).unwrap_or_default()));
            body.push_str(&markup);
            written = part.end;
        }
    }
    body.push_str(&plain(text.get(written..).unwrap_or_default()));
    format!("<p>{}</p>", body.replace("\n\n", "</p><p>").replace('\n', "<br />"))
}

/// Text between markup: escaped as the instance does, quotes included.
fn plain(text: &str) -> String {
    escape(text).replace('"', "&quot;").replace('\'', "&#39;")
}

/// A link of which the scheme is hidden, and the end if it is long.
fn link(url: &str) -> String {
    let url = escape(url);
    let (scheme, rest) = url.split_at(url.find("//").map_or(0, |place| place + 2));
    let cut = rest.char_indices().nth(30).map_or(rest.len(), |(place, _)| place);
    let (shown, hidden) = rest.split_at(cut);
    let kind = if hidden.is_empty() { "" } else { "ellipsis" };
    format!(
        "<a href=\"{url}\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span class=\"invisible\">{scheme}\
         </span><span class=\"{kind}\">{shown}</span><span class=\"invisible\">{hidden}</span></a>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_a_paragraph_with_links() {
        let profile = |name: &str| (name == "shop").then(|| ("http://h/@shop".to_owned(), "shop".to_owned()));
        let table = [
            ("it's <b> & co", "<p>it&#39;s &lt;b&gt; &amp; co</p>"),
            ("a\nb\n\nc", "<p>a<br />b</p><p>c</p>"),
            (
                "@shop #BuyKettle",
                "<p><span class=\"h-card\" translate=\"no\"><a href=\"http://h/@shop\" class=\"u-url mention\">@<span>shop\
                 </span></a></span> <a href=\"http://h/tags/buykettle\" class=\"mention hashtag\" rel=\"tag\">#<span>\
                 BuyKettle</span></a></p>",
            ),
            ("@nobody hi", "<p>@nobody hi</p>"),
            (
                "https://a.example/x",
                "<p><a href=\"https://a.example/x\" target=\"_blank\" rel=\"nofollow noopener\" translate=\"no\"><span \
                 class=\"invisible\">https://</span><span class=\"\">a.example/x</span><span class=\"invisible\"></span>\
                 </a></p>",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(html(text, "http://h", profile), expected);
        }
    }
}
