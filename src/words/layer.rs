//! Parsed templates, rendered for each reply and letter.

use std::fmt::Write;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, UndefinedBehavior, Value, escape_formatter,
};

use super::builtin::TEMPLATES;
use super::template_context::TemplateContext;

/// Parsed templates. Replies and letters cannot include each other, because plain text of one would be markup
/// in the other.
#[derive(Debug)]
pub(super) struct Layer {
    replies: Environment<'static>,
    letters: Environment<'static>,
}

impl Layer {
    fn empty() -> Self {
        let mut letters = environment();
        // A line that holds only a template tag leaves no line in the letter. A reply is one paragraph
        // however its template is laid out.
        let lines = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        letters.set_syntax(lines.expect("the delimiters are the usual ones"));
        Self { replies: environment(), letters }
    }

    /// Parses the built-in templates.
    pub(super) fn builtin() -> Self {
        let mut layer = Self::empty();
        for (name, source) in TEMPLATES {
            layer.add(name, source).expect("a test renders every built-in template");
        }
        layer
    }

    /// Adds a template, and replaces one of the same name.
    pub(super) fn add(&mut self, name: &str, source: &str) -> Result<(), Error> {
        let environment = if is_reply(name) { &mut self.replies } else { &mut self.letters };
        environment.add_template_owned(name.to_owned(), source.to_owned())
    }

    /// Renders a template.
    pub(super) fn render(&self, name: &str, context: &Arc<TemplateContext>) -> Result<String, Error> {
        self.render_value(name, &Value::from_dyn_object(Arc::clone(context)))
    }

    /// Renders a template with these variables.
    pub(super) fn render_value(&self, name: &str, context: &Value) -> Result<String, Error> {
        self.of(name).get_template(name)?.render(context)
    }

    /// The names that a template uses and does not define itself.
    pub(super) fn names_used(&self, name: &str) -> Vec<String> {
        let environment = self.of(name);
        let Ok(template) = environment.get_template(name) else { return Vec::new() };
        let global = |used: &str| environment.globals().any(|(known, _)| known == used);
        let mut names: Vec<String> =
            template.undeclared_variables(false).into_iter().filter(|used| !global(used)).collect();
        names.sort();
        names
    }

    fn of(&self, name: &str) -> &Environment<'static> {
        if is_reply(name) { &self.replies } else { &self.letters }
    }
}

fn is_reply(name: &str) -> bool {
    name.starts_with("reply/")
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_debug(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_formatter(|out, state, value| {
        if value.is_none() {
            let advice = "nothing is told here; test it with {% if %} before you write it";
            return Err(Error::new(ErrorKind::UndefinedError, advice));
        }
        match value.as_str() {
            Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => escape(out, text),
            _ => escape_formatter(out, state, value),
        }
    });
    environment
}

/// Escapes text for markup, including attribute values. Leaves slashes alone: a plain address is easier for
/// readers and mail filters.
fn escape(out: &mut Output<'_>, text: &str) -> Result<(), Error> {
    let written = text.chars().try_for_each(|ch| match ch {
        '&' => out.write_str("&amp;"),
        '<' => out.write_str("&lt;"),
        '>' => out.write_str("&gt;"),
        '"' => out.write_str("&quot;"),
        '\'' => out.write_str("&#39;"),
        _ => out.write_char(ch),
    });
    written.map_err(Error::from)
}
