//! Records: the results of transforms, each declared once in the transform's file.
//!
//! From a declaration ([`record!`](crate::record)) are derived: reading and writing of JSON, CSV and Avro, the Avro
//! schema, the tables of `docs/messages.md`, the key on Kafka, the columns of tables, and what a format refuses.

use super::member::Along;
use super::schema::{Field, Form, Role};
use super::value::{Value, Values};
use super::{Data, Scans};
use std::any::Any;
use std::fmt::Debug;

/// The declaration of a kind of record.
#[derive(Debug)]
pub struct Declaration {
    /// Its name in pipeline files and message headers, a plural.
    pub name: &'static str,
    /// The name of its Avro schema.
    pub title: &'static str,
    /// The lines of its documentation.
    pub doc: &'static [&'static str],
    /// Its fields in both forms.
    pub fields: fn() -> Vec<Field>,
    /// Whether its files name the stream of each record.
    pub streams: bool,
    /// The fields of a form, if they are the same for all records.
    pub of: fn(Form) -> &'static [Field],
    /// Reads a record from the values of those fields.
    pub read: fn(Form, Vec<Value<'_>>) -> Result<Data, String>,
}

impl Declaration {
    /// Whether only the newest record of each key is of interest.
    pub fn keeps_newest(&self) -> bool {
        (self.of)(Form::Exact).iter().any(|field| field.role == Role::Key)
    }
}

/// The extent of a partial result, which is merged with others.
pub struct Share {
    /// The recording.
    pub recording: i64,
    /// Time of its newest sample (µs since 1970).
    pub time: i64,
    /// Scans of the whole recording; 0 if unknown.
    pub of: u64,
    /// The scans in the share.
    pub scans: Scans,
}

/// A kind of record, implemented by [`record!`](crate::record).
pub trait Record: Clone + Debug + PartialEq + Send + Sync + Sized + 'static {
    /// The name of its Avro schema.
    const TITLE: &'static str;
    /// Its declaration.
    fn declaration() -> &'static Declaration;
    /// Its fields in both forms.
    fn declared() -> Vec<Field>;
    /// Appends the values of its fields in a form.
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>);
    /// Reads a record from the values of its fields.
    ///
    /// # Errors   what is wrong with a value
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String>;
    /// The fields in a form; they may differ from record to record.
    fn fields(&self, form: Form) -> &[Field] {
        (Self::declaration().of)(form)
    }
    /// Its event time (µs since 1970).
    fn time(&self) -> i64 {
        0
    }
    /// The part of its Kafka key besides the stream.
    fn key(&self) -> Option<String> {
        None
    }
    /// The axis of its lists.
    fn along(&self) -> Option<Along<'_>> {
        None
    }
    /// Approximate number of values.
    fn numbers(&self) -> usize {
        1
    }
    /// Whether the values are consistent.
    ///
    /// # Errors   the inconsistency
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    /// Its extent, if it is a share of a recording.
    fn share(&self) -> Option<Share> {
        None
    }
    /// Whether it is incomplete.
    fn is_incomplete(&self) -> bool {
        false
    }
}

/// A record of a kind that is known only at run time.
pub trait AnyRecord: Debug + Send + Sync {
    /// Its declaration.
    fn declaration(&self) -> &'static Declaration;
    /// See [`Record::fields`].
    fn fields(&self, form: Form) -> &[Field];
    /// The values of its fields in a form.
    fn values(&self, form: Form) -> Vec<Value<'_>>;
    /// See [`Record::time`].
    fn time(&self) -> i64;
    /// See [`Record::key`].
    fn key(&self) -> Option<String>;
    /// See [`Record::along`].
    fn along(&self) -> Option<Along<'_>>;
    /// See [`Record::numbers`].
    fn numbers(&self) -> usize;
    /// See [`Record::check`].
    fn check(&self) -> Result<(), String>;
    /// See [`Record::share`].
    fn share(&self) -> Option<Share>;
    /// See [`Record::is_incomplete`].
    fn is_incomplete(&self) -> bool;
    #[doc(hidden)]
    fn any(&self) -> &dyn Any;
    #[doc(hidden)]
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
    #[doc(hidden)]
    fn cloned(&self) -> Box<dyn AnyRecord>;
    #[doc(hidden)]
    fn equals(&self, other: &dyn AnyRecord) -> bool;
}

impl<T: Record> AnyRecord for T {
    fn declaration(&self) -> &'static Declaration {
        T::declaration()
    }
    fn fields(&self, form: Form) -> &[Field] {
        Record::fields(self, form)
    }
    fn values(&self, form: Form) -> Vec<Value<'_>> {
        let mut values = Vec::with_capacity(16);
        self.put(form, &mut values);
        values
    }
    fn time(&self) -> i64 {
        Record::time(self)
    }
    fn key(&self) -> Option<String> {
        Record::key(self)
    }
    fn along(&self) -> Option<Along<'_>> {
        Record::along(self)
    }
    fn numbers(&self) -> usize {
        Record::numbers(self)
    }
    fn check(&self) -> Result<(), String> {
        Record::check(self)
    }
    fn share(&self) -> Option<Share> {
        Record::share(self)
    }
    fn is_incomplete(&self) -> bool {
        Record::is_incomplete(self)
    }
    fn any(&self) -> &dyn Any {
        self
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
    fn cloned(&self) -> Box<dyn AnyRecord> {
        Box::new(self.clone())
    }
    fn equals(&self, other: &dyn AnyRecord) -> bool {
        other.any().downcast_ref::<T>() == Some(self)
    }
}

/// One record of any kind.
#[derive(Debug)]
pub struct Row(Box<dyn AnyRecord>);

impl Row {
    /// Wraps a record.
    pub fn new(record: impl Record) -> Self {
        Self(Box::new(record))
    }
    /// The record, if it is of this kind.
    pub fn get<T: Record>(&self) -> Option<&T> {
        self.0.any().downcast_ref()
    }
    /// The owned record, if it is of this kind.
    pub fn take<T: Record>(self) -> Option<T> {
        self.0.into_any().downcast().ok().map(|record| *record)
    }
}

impl std::ops::Deref for Row {
    type Target = dyn AnyRecord;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Clone for Row {
    fn clone(&self) -> Self {
        Self(self.0.cloned())
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}

/// Joins the lines of a doc comment.
pub fn text(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// Declares a kind of record: its name in pipeline files, the name of its Avro schema, and its fields.
///
/// `streams` after the title says that files name the stream of each record. A field may have a role (`as time`,
/// `as key`, `as name`) or a unit (`as unit "Hz"`). Methods that differ from the defaults of
/// [`Record`](crate::data::Record) are given in `with { … }`.
///
/// ```
/// use passband_flow::data::{Data, Form, Record};
/// passband_flow::record! {
///     /// The pitch of a frame.
///     pub struct Pitch("pitches", "Pitch") {
///         /// When the frame ended.
///         time: i64 as time,
///         /// The fundamental frequency.
///         pitch: f64 as unit "Hz",
///     }
/// }
/// let data = Data::row(Pitch { time: 1, pitch: 440.0 });
/// assert_eq!((data.kind().name(), data.time()), ("pitches", 1));
/// assert_eq!(Pitch::declared()[1].unit, "Hz");
/// ```
#[macro_export]
macro_rules! record {
    ($(#[doc = $doc:literal])* pub struct $name:ident($kind:literal, $title:literal $(, $streams:ident)?) {
        $($(#[doc = $text:literal])* $field:ident : $type:ty $(as $role:ident $($unit:literal)?)?),* $(,)?
    } $(with { $($more:tt)* })?) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name { $($(#[doc = $text])* pub $field: $type),* }

        impl $name {
            /// Its kind.
            pub const KIND: $crate::data::Kind = $crate::data::Kind::Row(&Self::DECLARATION);
            const DECLARATION: $crate::data::Declaration = $crate::data::Declaration {
                name: $kind,
                title: $title,
                doc: &[$($doc),*],
                fields: <Self as $crate::data::Record>::declared,
                streams: $crate::record!(@streams $($streams)?),
                of: |form| {
                    use $crate::data::{Field, Form, Record, of_form};
                    static EXACT: std::sync::LazyLock<Vec<Field>> =
                        std::sync::LazyLock::new(|| of_form($name::declared(), Form::Exact));
                    static PLAIN: std::sync::LazyLock<Vec<Field>> =
                        std::sync::LazyLock::new(|| of_form($name::declared(), Form::Plain));
                    match form {
                        Form::Exact => &EXACT,
                        Form::Plain => &PLAIN,
                    }
                },
                read: |form, values| {
                    let record: Self =
                        $crate::data::Record::take(form, &mut $crate::data::Values::new(values))?;
                    $crate::data::Record::check(&record)?;
                    Ok($crate::data::Data::row(record))
                },
            };
        }

        impl $crate::data::Record for $name {
            const TITLE: &'static str = $title;
            fn declaration() -> &'static $crate::data::Declaration {
                static DECLARATION: $crate::data::Declaration = $name::DECLARATION;
                &DECLARATION
            }
            fn declared() -> Vec<$crate::data::Field> {
                let mut all = vec![];
                $({
                    let text = $crate::data::text(&[$($text),*]);
                    #[allow(unused_mut)]
                    let mut fields = <$type as $crate::data::Member>::fields(stringify!($field), text);
                    $($crate::record!(@role fields $role $($unit)?);)?
                    all.append(&mut fields);
                })*
                all
            }
            fn put<'a>(&'a self, form: $crate::data::Form, out: &mut Vec<$crate::data::Value<'a>>) {
                $($crate::data::Member::put(&self.$field, form, out);)*
            }
            fn take(
                form: $crate::data::Form,
                values: &mut $crate::data::Values<'_>,
            ) -> Result<Self, String> {
                Ok(Self { $($field: $crate::data::Member::take(form, values)?),* })
            }
            #[allow(unreachable_code)]
            fn time(&self) -> i64 {
                $($($crate::record!(@time self.$field, $role);)?)*
                0
            }
            #[allow(unreachable_code)]
            fn key(&self) -> Option<String> {
                $($($crate::record!(@key self.$field, $role);)?)*
                None
            }
            fn along(&self) -> Option<$crate::data::Along<'_>> {
                None$(.or_else(|| $crate::data::Member::along(&self.$field)))*
            }
            $($($more)*)?
        }
    };
    (@streams) => { false };
    (@streams streams) => { true };
    (@role $fields:ident unit $unit:literal) => { $fields.iter_mut().for_each(|field| field.unit = $unit) };
    (@role $fields:ident moment) => {
        // a time that is not the event time
        $fields.iter_mut().for_each(|field| field.kind = $crate::data::moment(field.kind.clone()))
    };
    (@role $fields:ident time) => { $crate::record!(@roles $fields Time) };
    (@role $fields:ident key) => { $crate::record!(@roles $fields Key) };
    (@role $fields:ident name) => { $crate::record!(@roles $fields Name) };
    (@roles $fields:ident $role:ident) => {
        $fields = $fields.into_iter().map(|field| field.role($crate::data::Role::$role)).collect()
    };
    (@time $value:expr, time) => { return $value; };
    (@time $value:expr, $other:ident) => {};
    (@key $value:expr, key) => { return Some($value.to_string()); };
    (@key $value:expr, $other:ident) => {};
}

/// The fields of a form.
pub fn of_form(fields: Vec<Field>, form: Form) -> Vec<Field> {
    fields.into_iter().filter(|field| field.form.is_none_or(|only| only == form)).collect()
}

/// A whole number interpreted as a time.
pub fn moment(kind: super::schema::Type) -> super::schema::Type {
    use super::schema::Type;
    match kind {
        Type::Long => Type::Time,
        Type::Optional(inner) => Type::Optional(Box::new(moment(*inner))),
        other => other,
    }
}
