//! The requested splits and their shares.

use passband_signal::{Fault, Result};
use std::str::FromStr;

/// Names of splits and their shares: `train=0.8,validation=0.1,test=0.1`.
///
/// Shares are positive, and their sum is 1, or 100 for percentages.
///
/// ```
/// use passband_lake::set::plan::SplitShares;
/// let shares: SplitShares = "train=80, test=20".parse().unwrap();
/// assert_eq!(shares.iter().collect::<Vec<_>>(), [("train", 0.8), ("test", 0.2)]);
/// let fault = "train=0.8,test=0.1".parse::<SplitShares>().unwrap_err();
/// assert_eq!(fault.what(), "the shares of the splits have the sum 0.9");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SplitShares(Vec<(String, f64)>);

impl SplitShares {
    /// The splits with their shares as fractions, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, share)| (name.as_str(), *share))
    }
}

impl FromStr for SplitShares {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self> {
        let fault =
            |what: String| Fault::new(what).fix("set splits such as train=0.8,validation=0.1,test=0.1");
        let mut all: Vec<(String, f64)> = vec![];
        for part in text.split(',') {
            let Some((name, share)) = part.split_once('=') else {
                return Err(fault(format!("'{}' is not a split with a share", part.trim())));
            };
            let (name, share) = (name.trim(), share.trim());
            if !is_split_name(name) {
                return Err(fault(format!("'{name}' cannot be the name of a split"))
                    .why("it is part of file names: use letters, digits, -, _ and ., and begin with a letter, a digit or _"));
            }
            if all.iter().any(|(other, _)| other == name) {
                return Err(fault(format!("split '{name}' occurs twice")));
            }
            match share.parse::<f64>() {
                Ok(number) if number > 0.0 && number <= 100.0 => all.push((name.into(), number)),
                _ => {
                    return Err(fault(format!(
                        "the share of split '{name}' is '{share}', not a number above 0"
                    )));
                }
            }
        }
        if all.len() > super::splits::MOST {
            return Err(fault(format!(
                "there are {} splits, and the maximum is {}",
                all.len(),
                super::splits::MOST
            )));
        }
        let sum: f64 = all.iter().map(|(_, share)| share).sum();
        if (sum - 1.0).abs() > 1e-6 && (sum - 100.0).abs() > 1e-4 {
            // rounded to remove the error of binary fractions
            let sum = (sum * 1e9).round() / 1e9;
            return Err(
                fault(format!("the shares of the splits have the sum {sum}")).why("the sum must be 1")
            );
        }
        all.iter_mut().for_each(|(_, share)| *share /= sum);
        Ok(Self(all))
    }
}

/// Whether a split may have this name, which is part of file names.
pub(crate) fn is_split_name(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_shares_are_refused_with_a_reason() {
        for (text, why) in [
            ("", "not a split"),
            ("train", "not a split"),
            ("train=0.8,train=0.2", "twice"),
            ("train=1,test=0", "above 0"),
            ("train=NaN", "above 0"),
            ("train=-1,test=2", "above 0"),
            ("../x=1", "cannot be the name"),
            ("=1", "cannot be the name"),
            ("a=0.5,b=0.6", "the sum 1.1"),
            ("a=1e308,b=1e308", "above 0"),
        ] {
            let fault = text.parse::<SplitShares>().unwrap_err().to_string();
            assert!(fault.contains(why), "{text}: {fault}");
        }
        let thirds: SplitShares = "a=0.3333333,b=0.3333333,c=0.3333334".parse().unwrap();
        assert_eq!(thirds.iter().map(|(_, share)| share).sum::<f64>(), 1.0);
    }
}
