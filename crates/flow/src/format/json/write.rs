//! Writes objects whose members are given by paths, member by member.

use passband_signal::Result;

/// Appends the members of the columns `which`, whose first `depth` names are those of the current object; members of
/// one object need not be adjacent.
pub fn members<'a, S: AsRef<str> + 'a>(
    which: &[usize],
    depth: usize,
    path: &dyn Fn(usize) -> &'a [S],
    out: &mut Vec<u8>,
    value: &mut dyn FnMut(usize, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    // the name of a column at this depth, and whether it is nested deeper
    let here = |column: usize| (path(column)[depth].as_ref(), path(column).len() > depth + 1);
    for (at, column) in which.iter().enumerate() {
        let (name_, deeper) = here(*column);
        if deeper && which[..at].iter().any(|before| here(*before) == (name_, true)) {
            continue;
        }
        name(name_, out)?;
        if !deeper {
            value(*column, out)?;
            continue;
        }
        let inner: Vec<usize> = which[at..].iter().copied().filter(|of| here(*of) == (name_, true)).collect();
        out.push(b'{');
        members(&inner, depth + 1, path, out, value)?;
        out.push(b'}');
    }
    Ok(())
}

/// Appends the name of a member, with the punctuation around it.
pub fn name(name: &str, out: &mut Vec<u8>) -> Result<()> {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    super::write(&name, out)?;
    out.push(b':');
    Ok(())
}
