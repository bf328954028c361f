//! Samples that are shared without copying.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Samples or other values. `clone` copies them; `share` refers to the same memory.
///
/// ```
/// use passband_flow::data::Floats;
/// let samples = Floats::from(vec![0.5, -0.5]);
/// let same = samples.share();
/// assert_eq!(same[..], [0.5, -0.5]);
/// assert_eq!(same.as_ptr(), samples.as_ptr());
/// assert_ne!(samples.clone().as_ptr(), samples.as_ptr());
/// ```
pub struct Floats(Arc<Shared>);

/// Owner of the memory of values; it limits how much is lent.
pub trait Lender: Send + Sync {
    /// Takes back the memory, when the values are no longer shared.
    fn returned(&self, values: Vec<f32>);
}

struct Shared {
    values: Vec<f32>,
    lender: Option<Box<dyn Lender>>,
}

impl Floats {
    /// Values in memory of a lender, returned to it when they are no longer shared.
    pub fn lent(values: Vec<f32>, lender: Box<dyn Lender>) -> Self {
        Self(Arc::new(Shared { values, lender: Some(lender) }))
    }

    /// A handle to the same values, which keeps their memory lent.
    pub fn share(&self) -> Self {
        Self(self.0.clone())
    }

    /// The values as a vector; copied if they are shared.
    pub fn into_vec(self) -> Vec<f32> {
        match Arc::try_unwrap(self.0) {
            Ok(mut own) if own.lender.is_none() => std::mem::take(&mut own.values),
            Ok(lent) => lent.values.clone(),
            Err(shared) => shared.values.clone(),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(lender) = &self.lender {
            lender.returned(std::mem::take(&mut self.values));
        }
    }
}

impl Clone for Floats {
    /// A copy in memory without a lender.
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

impl From<Vec<f32>> for Floats {
    fn from(values: Vec<f32>) -> Self {
        Self(Arc::new(Shared { values, lender: None }))
    }
}

impl Deref for Floats {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0.values
    }
}

impl PartialEq for Floats {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Floats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Shelf(Arc<Mutex<Vec<Vec<f32>>>>);

    impl Lender for Shelf {
        fn returned(&self, values: Vec<f32>) {
            self.0.lock().unwrap().push(values);
        }
    }

    #[test]
    fn memory_is_returned_when_it_is_no_longer_shared() {
        let shelf = Arc::new(Mutex::new(vec![]));
        let lent = || Floats::lent(vec![1.0, 2.0], Box::new(Shelf(shelf.clone())));
        let (one, two) = (lent(), lent());
        let (same, copy) = (one.share(), one.clone());
        drop(one);
        assert!(shelf.lock().unwrap().is_empty());
        drop(same);
        assert_eq!(*shelf.lock().unwrap(), [[1.0, 2.0]]);
        assert_eq!((copy, two.into_vec()), (vec![1.0, 2.0].into(), vec![1.0, 2.0]));
        assert_eq!(shelf.lock().unwrap().len(), 2);
        let own = Floats::from(vec![3.0]);
        let place = own.as_ptr();
        let values = own.into_vec();
        assert_eq!(values.as_ptr(), place);
    }
}
