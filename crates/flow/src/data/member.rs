//! How Rust types are represented in a record: as one field, or as several.

use super::record::Record;
use super::schema::{Field, Form, Type};
use super::value::{Value, Values};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_signal::Hertz;

/// The axis of the lists of a record: item k is at `at(k)`.
pub struct Along<'a> {
    /// Its name, such as `frequency`.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The coordinate of item k.
    pub at: Box<dyn Fn(usize) -> f64 + 'a>,
}

/// A type that a field of a record can have.
pub trait Member: Sized {
    /// The fields that represent it, given the name and documentation of the member.
    fn fields(name: &'static str, doc: String) -> Vec<Field>;
    /// Appends the values of its fields in a form.
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>);
    /// Reads it from the values of its fields.
    ///
    /// # Errors   what is wrong with a value
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String>;
    /// The axis that it defines for the lists of the record.
    fn along(&self) -> Option<Along<'_>> {
        None
    }
}

macro_rules! member {
    ($type:ty, $kind:expr, $unit:literal, |$own:ident| $put:expr, |$values:ident| $take:expr) => {
        impl Member for $type {
            fn fields(name: &'static str, doc: String) -> Vec<Field> {
                vec![Field::new(name, doc, $kind).unit($unit)]
            }
            fn put<'a>(&'a self, _: Form, out: &mut Vec<Value<'a>>) {
                let $own = self;
                out.push($put);
            }
            fn take(_: Form, $values: &mut Values<'_>) -> Result<Self, String> {
                $take
            }
        }
    };
}

member!(i64, Type::Long, "", |own| Value::Long(*own), |values| values.long());
member!(u64, Type::Long, "", |own| Value::Long(*own as i64), |values| values.index());
member!(f64, Type::Double, "", |own| Value::Double(*own), |values| values.double());
member!(Hertz, Type::Double, "Hz", |own| Value::Double(own.0), |values| values.double().map(Hertz));
member!(String, Type::Text, "", |own| Value::Text(own.as_str().into()), |values| values.text());
member!(Vec<f64>, Type::Double.list(), "", |own| Value::Doubles(own.into()), |values| values.doubles());
member!(Vec<i64>, Type::Long.list(), "", |own| Value::Longs(own.into()), |values| values.longs());
member!(usize, Type::Long, "", |own| Value::Long(*own as i64), |values| {
    usize::try_from(values.index()?).map_err(|_| "a number is out of range".into())
});

impl<T: Member> Member for Option<T> {
    fn fields(name: &'static str, doc: String) -> Vec<Field> {
        let optional = |field: Field| Field { kind: Type::Optional(Box::new(field.kind)), ..field };
        T::fields(name, doc).into_iter().map(optional).collect()
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        match self {
            Some(value) => value.put(form, out),
            None => out.push(Value::Null),
        }
    }
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String> {
        match values.value() {
            Value::Null => Ok(None),
            value => T::take(form, &mut Values::new(vec![value])).map(Some),
        }
    }
}

impl<T: Record> Member for Vec<T> {
    fn fields(name: &'static str, doc: String) -> Vec<Field> {
        vec![Field::new(name, doc, Type::Record(T::TITLE, T::declared()).list())]
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        let item = |item: &'a T| {
            let mut values = vec![];
            item.put(form, &mut values);
            Value::Record(values)
        };
        out.push(Value::List(self.iter().map(item).collect()));
    }
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String> {
        let item = |value: Value<'_>| match value {
            Value::Record(values) => T::take(form, &mut Values::new(values)),
            _ => Err(format!("an item is not {}", T::TITLE)),
        };
        values.list()?.into_iter().map(item).collect()
    }
}

impl Member for Moments {
    fn fields(name: &'static str, _: String) -> Vec<Field> {
        // the moments of a record's only distribution need no prefix
        let own = |what: &str| if name == "moments" { what.to_owned() } else { format!("{name}_{what}") };
        let of = if name == "moments" { "" } else { " over all scans" };
        let all = if name == "moments" { "" } else { ", of all recordings" };
        let doubles = || Type::Double.list();
        let count = format!("How many scans were averaged{all}.");
        let freedom = format!(
            "The sum of the squared deviations from the {}mean{}. The sample standard deviation is sqrt({} / (count - 1))",
            if name == "moments" { "" } else { "pooled " },
            if name == "moments" { " of each bin" } else { "" },
            own("squares"),
        );
        let squares = match name {
            "moments" => format!(
                "{freedom}. Sums are kept, and not deviations, so that shares merge without a rounding of their own."
            ),
            _ => format!("{freedom}; divided by sqrt(count) it is the standard error."),
        };
        vec![
            Field::new("count", count.clone(), Type::Long).only(Form::Exact),
            Field::new("scans", count, Type::Long).only(Form::Plain).role(super::schema::Role::Count),
            Field::new(own("mean"), format!("The mean of each bin{of}."), doubles()),
            Field::new(own("squares"), squares, doubles()).only(Form::Exact),
            Field::new(
                own("deviation"),
                format!("The sample standard deviation of each bin{of}."),
                doubles(),
            )
            .only(Form::Plain),
            Field::new(
                "standard_error",
                "The standard error of the mean of each bin: deviation / sqrt(scans).",
                doubles(),
            )
            .derived(),
        ]
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        out.extend([Value::Long(self.count() as i64), Value::Doubles(self.mean().into())]);
        match form {
            Form::Exact => out.push(Value::Doubles(self.squares().into())),
            Form::Plain => out.extend([
                Value::Doubles(self.deviation().collect()),
                Value::Doubles(self.standard_error().collect()),
            ]),
        }
    }
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String> {
        let (count, mean, mut squares) = (values.index()?, values.doubles()?, values.doubles()?);
        if form == Form::Plain {
            let freedom = count.saturating_sub(1) as f64;
            squares.iter_mut().for_each(|deviation| *deviation = *deviation * *deviation * freedom);
            values.value();
        }
        Moments::resume(count, mean, squares)
    }
}

impl Member for Running {
    fn fields(_: &'static str, _: String) -> Vec<Field> {
        let doubles = || Type::Double.list();
        vec![
            Field::new("files", "How many recordings were averaged.", Type::Long)
                .role(super::schema::Role::Count),
            Field::new(
                "mean",
                "The running mean of each bin, in which each recording weighs the same.",
                doubles(),
            ),
            Field::new(
                "deviation",
                "The running deviation of each bin: sqrt of the sum of the squared deviations of the recordings, divided by files.",
                doubles(),
            ),
        ]
    }
    fn put<'a>(&'a self, _: Form, out: &mut Vec<Value<'a>>) {
        out.push(Value::Long(self.files() as i64));
        out.extend([Value::Doubles(self.mean().into()), Value::Doubles(self.deviation().into())]);
    }
    fn take(_: Form, values: &mut Values<'_>) -> Result<Self, String> {
        Running::resume(values.index()?, values.doubles()?, values.doubles()?)
    }
}
