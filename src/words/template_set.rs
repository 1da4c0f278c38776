//! The templates of one shop: its own where it has them, the built-in ones elsewhere.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use minijinja::Value;

use super::folder::Folder;
use super::layer::Layer;
use super::template_context::TemplateContext;
use crate::text::file_fault::Faults;

/// The built-in templates, parsed once.
static BUILTIN: LazyLock<Layer> = LazyLock::new(Layer::builtin);

/// The templates of one shop.
#[derive(Debug, Default)]
pub(super) struct TemplateSet {
    own: Option<Folder>,
    /// How often a template of the shop's own failed.
    failures: AtomicU64,
}

impl TemplateSet {
    /// Reads the templates of a folder, layered over the built-in ones.
    pub(super) fn read(path: &Path) -> Result<Self, Faults> {
        Ok(Self { own: Some(Folder::read(path)?), ..Self::default() })
    }

    /// Whether the shop has a template folder.
    pub(super) fn has_folder(&self) -> bool {
        self.own.is_some()
    }

    /// Whether the shop has its own template of that name.
    pub(super) fn is_own(&self, name: &str) -> bool {
        self.own.as_ref().is_some_and(|folder| folder.has(name))
    }

    /// Renders a template: the shop's own, or the built-in one if the own one is missing or fails.
    pub(super) fn render(&self, name: &str, context: &Arc<TemplateContext>) -> String {
        self.render_value(name, &Value::from_dyn_object(Arc::clone(context)))
    }

    /// The same with these variables.
    pub(super) fn render_value(&self, name: &str, context: &Value) -> String {
        if let Some(folder) = &self.own {
            match folder.layer.render_value(name, context) {
                Ok(text) => return text,
                Err(error) => {
                    let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                    // Each post may need the template, so the lines become rarer.
                    if failures.is_power_of_two() {
                        tracing::warn!(%error, failures, "a template failed, the built-in one is used");
                    }
                }
            }
        }
        BUILTIN.render_value(name, context).unwrap_or_default()
    }

    /// Renders the shop's own template; `None` if it has none or rendering fails.
    pub(super) fn render_own(&self, name: &str, context: &Arc<TemplateContext>) -> Option<String> {
        let folder = self.own.as_ref().filter(|folder| folder.has(name))?;
        folder.layer.render(name, context).ok()
    }

    /// Renders the built-in template.
    pub(super) fn render_builtin(&self, name: &str, context: &Arc<TemplateContext>) -> String {
        BUILTIN.render(name, context).unwrap_or_default()
    }
}
