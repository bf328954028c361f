//! The model card: what a model was made of, how well it does, and what is not known (Mitchell et al. 2019).
//!
//! The card is built once, as sections of paragraphs, tables and a chart, and written as Markdown or HTML.

mod chart;
mod html;
mod markdown;
mod sections;

use crate::report::Report;

/// A part of the card below a heading.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) parts: Vec<Part>,
}

pub(super) enum Part {
    Text(String),
    Items(Vec<String>),
    /// Header and rows. The first column is text, the others are numbers.
    Table(Vec<String>, Vec<Vec<String>>),
    Code(String),
    /// The learning curve, which only HTML draws; a table always precedes it.
    Chart,
}

impl Report {
    /// The model card as Markdown.
    ///
    /// `command` is the command line of the training, which the card quotes.
    pub fn to_markdown(&self, command: &str) -> String {
        markdown::write(&self.title(), &sections::sections(self, command))
    }

    /// The model card as an HTML page: one file without scripts that loads nothing.
    ///
    /// `command` is the command line of the training, which the card quotes.
    pub fn to_html(&self, command: &str) -> String {
        html::write(&self.title(), &sections::sections(self, command), self)
    }

    fn title(&self) -> String {
        format!("Model card: {}", self.label)
    }
}
