//! The end of a pipeline with two halves.

use super::super::both;
use passband_signal::{Fault, Result};

#[test]
fn of_two_halves_that_fail_the_one_that_will_not_pass_is_told() {
    let (older, away) = (|| Err::<(), _>(Fault::new("older")), || Err(Fault::new("away").passing()));
    let told = |ended: Result<()>| ended.unwrap_err().to_string();
    for ended in [both(older(), away()), both(away(), older()), both(older(), Ok(())), both(Ok(()), older())]
    {
        assert!(told(ended).contains("older"));
    }
    assert!(told(both(away(), Ok(()))).contains("away") && both(Ok(()), Ok(())).is_ok());
}
