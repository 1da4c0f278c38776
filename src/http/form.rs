//! A form of a page for buyers. All text is escaped.

use std::fmt::Write as _;

use super::escape::escaped;

/// The name of the field that shows that the server's own page was sent.
pub(crate) const TOKEN: &str = "token";

/// A form under construction.
pub(crate) struct Form(String);

impl Form {
    /// A form that is sent to a path of this server. `token` shows that it is the server's own.
    pub(crate) fn to(path: &str, token: &str) -> Self {
        Self(format!("<form method=\"post\" action=\"{}\">\n", escaped(path))).hidden(TOKEN, token)
    }

    fn with(mut self, html: std::fmt::Arguments<'_>) -> Self {
        self.0.write_fmt(html).expect("writing to a string cannot fail");
        self
    }

    /// Adds a value that nobody sees.
    pub(crate) fn hidden(self, name: &str, value: &str) -> Self {
        let (name, value) = (escaped(name), escaped(value));
        self.with(format_args!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n"))
    }

    /// Adds a line of text that must be filled in.
    pub(crate) fn text(self, name: &str, label: &str, example: &str) -> Self {
        let (name, label, example) = (escaped(name), escaped(label), escaped(example));
        self.with(format_args!(
            "<label>{label} <span class=\"quiet\">for example {example}</span>\
             <input type=\"text\" name=\"{name}\" required maxlength=\"512\" autocapitalize=\"none\" \
             spellcheck=\"false\"></label>\n"
        ))
    }

    /// Adds a line for an e-mail address that must be filled in.
    pub(crate) fn email(self, name: &str, label: &str, example: &str) -> Self {
        let (name, label, example) = (escaped(name), escaped(label), escaped(example));
        self.with(format_args!(
            "<label>{label} <span class=\"quiet\">for example {example}</span>\
             <input type=\"email\" name=\"{name}\" required maxlength=\"254\" autocomplete=\"email\"></label>\n"
        ))
    }

    /// Adds a box to tick.
    pub(crate) fn tick(self, name: &str, label: &str, is_needed: bool) -> Self {
        let (name, label, needed) = (escaped(name), escaped(label), if is_needed { " required" } else { "" });
        self.with(format_args!(
            "<label class=\"box\"><input type=\"checkbox\" name=\"{name}\" value=\"yes\"{needed}>\
             <span>{label}</span></label>\n"
        ))
    }

    /// Adds a choice of one, with the value and the label of each.
    pub(crate) fn choice<'a>(
        self,
        name: &str,
        legend: &str,
        choices: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let (name, legend) = (escaped(name), escaped(legend));
        let mut form = self.with(format_args!("<fieldset><legend>{legend}</legend>\n"));
        for (value, label) in choices {
            let (value, label) = (escaped(value), escaped(label));
            form = form.with(format_args!(
                "<label class=\"box\"><input type=\"radio\" name=\"{name}\" value=\"{value}\" required>\
                 <span>{label}</span></label>\n"
            ));
        }
        form.with(format_args!("</fieldset>\n"))
    }

    /// Adds the button that sends it.
    pub(crate) fn button(self, words: &str) -> Self {
        let words = escaped(words);
        self.with(format_args!("<button type=\"submit\">{words}</button>\n"))
    }

    /// Adds the button that sends it, where it is not what most people come for.
    pub(crate) fn plain_button(self, words: &str) -> Self {
        let words = escaped(words);
        self.with(format_args!("<button type=\"submit\" class=\"plain\">{words}</button>\n"))
    }

    /// The whole form.
    pub(super) fn html(self) -> String {
        self.0 + "</form>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn no_text_leaves_its_place() {
        let evil = "\"><script>alert(1)</script>";
        let form = Form::to(evil, evil).hidden(evil, evil).text(evil, evil, evil);
        let form = form.tick(evil, evil, true).choice(evil, evil, [(evil, evil)]).button(evil);
        let html = form.email(evil, evil, evil).plain_button(evil).html();
        assert!(!html.contains("<script") && !html.contains("\"\""), "{html}");
        assert_eq!(html.matches("<form").count(), 1);
        assert!(html.ends_with("</form>\n"));
    }
}
