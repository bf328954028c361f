//! Records of any kind, shown by their declaration: a table, lines over time, and a heat map of lists.

use super::{Panels, View, example};
use crate::record_log::Entry;
use crate::{Axis, Column, Layout, Live, Panel, Recorded};
use passband_flow::data::{Data, Field, Form, Kind, Output, Role, Row, Type, Value, text};
use std::borrow::Cow;
use std::sync::Arc;

/// The records of one kind, of all streams.
pub(crate) struct Records {
    panel: Recorded,
    /// The specific panel of the kind, if it has one.
    drawn_by: Option<super::OwnPanel>,
    /// The record whose fields were processed last; while it is alive, no other fields can have their address.
    last: Option<Row>,
    /// The column of each field of that record.
    columns: Arc<[usize]>,
}

impl Records {
    /// The view with this number. If the kind has specific panels, the table is collapsed below them.
    pub fn new(stream: usize, kind: Kind, special: bool) -> Self {
        let declaration = kind.declaration();
        let panel = Recorded {
            stream,
            records: kind.name().to_owned(),
            doc: declaration.map_or_else(String::new, |d| text(d.doc)),
            columns: vec![],
            layout: if special { Layout::Collapsed } else { Layout::Open },
        };
        let mut records = Self { panel, drawn_by: None, last: None, columns: [].into() };
        if let Some(declaration) = declaration {
            records.arrange((declaration.of)(Form::Plain), None);
        }
        records
    }

    /// Sets the specific panel.
    pub fn drawn_by(self, drawn_by: Option<super::OwnPanel>) -> Self {
        Self { drawn_by, ..self }
    }

    /// Finds the column of each field. Columns are only ever added, so rows that were sent remain valid.
    fn arrange(&mut self, fields: &[Field], row: Option<&Row>) -> Panels {
        let before = self.panel.columns.clone();
        let values = row.map(|row| row.values(Form::Plain)).unwrap_or_default();
        let mut places = Vec::with_capacity(fields.len());
        for (at, field) in fields.iter().enumerate() {
            let name = field.name();
            let columns = &mut self.panel.columns;
            let place = columns.iter().position(|column| column.name == name).unwrap_or_else(|| {
                columns.push(column(field));
                columns.len() - 1
            });
            if let Some(items) = values.get(at).and_then(Value::items) {
                columns[place].items = Some(items);
                columns[place].axis = row.and_then(|row| axis(row, items));
            }
            places.push(place);
        }
        self.columns = places.into();
        if before == self.panel.columns { Panels::Same } else { Panels::Changed }
    }
}

impl View for Records {
    fn panels(&self) -> Vec<Panel> {
        let Recorded { columns, layout, .. } = &self.panel;
        let table = Panel::Table(self.panel.clone());
        if *layout == Layout::Collapsed {
            let own = self.drawn_by.map(|panel| panel(self.panel.clone()));
            return own.into_iter().chain([table]).collect();
        }
        let mut panels = vec![];
        if columns.iter().any(Column::is_list) {
            panels.push(Panel::HeatMap(self.panel.clone()));
        }
        if columns.iter().any(Column::is_scalar) {
            panels.push(Panel::Series(self.panel.clone()));
        }
        panels.push(table);
        panels
    }
    fn learn(&mut self, output: &Output) -> Panels {
        let Some(row) = row(&output.data) else { return Panels::Same };
        let known = |last: &Row| std::ptr::eq(last.fields(Form::Plain), row.fields(Form::Plain));
        if self.last.as_ref().is_some_and(known) {
            return Panels::Same;
        }
        let change = self.arrange(row.fields(Form::Plain), Some(&row));
        self.last = Some(row.into_owned());
        change
    }
    fn publish(&mut self, output: &Output, live: &Live) {
        let Some(row) = row(&output.data) else { return };
        let entry =
            Entry { stream: output.stream.clone(), row: row.into_owned(), columns: self.columns.clone() };
        live.record(self.panel.stream, entry);
    }
}

/// Returns a result as a record, if possible.
fn row(data: &Data) -> Option<Cow<'_, Row>> {
    match data {
        Data::Row(row) => Some(Cow::Borrowed(row)),
        Data::Example(example) => Some(Cow::Owned(example::row(example))),
        _ => None,
    }
}

fn column(field: &Field) -> Column {
    Column {
        name: field.name().into_owned(),
        doc: field.doc.clone().into_owned(),
        unit: field.unit.to_owned(),
        // the number of events varies, so they are not a row of a heat map
        kind: if field.role == Role::Events { "items" } else { kind(&field.kind) }.to_owned(),
        role: match field.role {
            Role::Value | Role::Events | Role::About => "value",
            Role::Stream => "stream",
            Role::Key => "key",
            Role::Name => "name",
            Role::Time => "time",
            Role::Count => "count",
        }
        .to_owned(),
        items: None,
        axis: None,
    }
}

/// The type of a value on the page.
fn kind(of: &Type) -> &'static str {
    match of {
        Type::Long => "integer",
        Type::Double | Type::Float => "number",
        Type::Time => "time",
        Type::Bool => "bool",
        Type::Text | Type::Symbol(..) => "text",
        Type::Optional(inner) => kind(inner),
        Type::List(inner) if matches!(**inner, Type::Double | Type::Float | Type::Long) => "numbers",
        Type::List(_) => "items",
        Type::Map(_) | Type::Record(..) => "object",
    }
}

/// The axis of a record's lists.
fn axis(row: &Row, items: usize) -> Option<Axis> {
    let along = row.along().filter(|_| items > 0)?;
    let (from, to) = ((along.at)(0), (along.at)(items - 1));
    Some(Axis { name: along.name.to_owned(), unit: along.unit.to_owned(), from, to })
}
