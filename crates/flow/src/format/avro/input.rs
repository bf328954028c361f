//! A cursor over the bytes of a message; any bytes give a value or an error.

/// The remaining bytes.
pub struct Input<'a> {
    bytes: &'a [u8],
    all: usize,
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, all: bytes.len() }
    }
    /// Number of remaining bytes.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }
    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let short = || format!("the message ends early, after {} bytes", self.all);
        let (head, rest) = self.bytes.split_at_checked(n).ok_or_else(short)?;
        self.bytes = rest;
        Ok(head)
    }
    pub fn long(&mut self) -> Result<i64, String> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err("a number exceeds 64 bits".into())
    }
    /// A non-negative number.
    pub fn index(&mut self) -> Result<u64, String> {
        let value = self.long()?;
        u64::try_from(value).map_err(|_| format!("{value}, and negative numbers are not allowed here"))
    }
    pub fn double(&mut self) -> Result<f64, String> {
        let bytes = self.take(8)?;
        Ok(f64::from_le_bytes(std::array::from_fn(|i| bytes[i])))
    }
    pub fn float(&mut self) -> Result<f32, String> {
        let bytes = self.take(4)?;
        Ok(f32::from_le_bytes(std::array::from_fn(|i| bytes[i])))
    }
    pub fn text(&mut self) -> Result<String, String> {
        self.borrowed().map(str::to_owned)
    }
    /// A text, borrowed.
    pub fn borrowed(&mut self) -> Result<&'a str, String> {
        let length = self.index()?;
        let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        std::str::from_utf8(bytes).map_err(|_| "a string is not UTF-8".into())
    }
    /// The doubles of a map, with their names.
    pub fn map(&mut self, mut entry: impl FnMut(&'a str, f64)) -> Result<(), String> {
        loop {
            // an entry takes at least a byte of length and eight of value
            let count = self.block(9)?;
            if count == 0 {
                return Ok(());
            }
            for _ in 0..count {
                let name = self.borrowed()?;
                entry(name, self.double()?);
            }
        }
    }
    pub fn truth(&mut self) -> Result<bool, String> {
        match self.take(1)?[0] {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(format!("a byte of {other} is neither true nor false")),
        }
    }
    /// The symbol of an enum.
    pub fn symbol<T: Copy>(&mut self, what: &str, symbols: &[T]) -> Result<T, String> {
        let number = self.long()?;
        let symbol = usize::try_from(number).ok().and_then(|number| symbols.get(number));
        symbol.copied().ok_or_else(|| format!("there is no {what} number {number}"))
    }
    /// A union of null and another type.
    pub fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        match self.long()? {
            0 => Ok(None),
            1 => read(self).map(Some),
            branch => Err(format!("a union of two has no branch {branch}")),
        }
    }
    /// The number of items in a block of an array, of at least `width` bytes each; 0 at the end of the array.
    fn block(&mut self, width: usize) -> Result<usize, String> {
        let mut count = self.long()?;
        if count < 0 {
            self.long()?; // the block's size in bytes, for readers that skip
            count = count.checked_neg().ok_or("an array has too many items")?;
        }
        // an invalid count must not allocate arbitrary amounts of memory
        match usize::try_from(count) {
            Ok(count) if count.checked_mul(width).is_some_and(|size| size <= self.bytes.len()) => Ok(count),
            _ => Err(format!("an array has {count} items, and the message ends before them")),
        }
    }
    /// The items of an array, of at least `width` bytes each.
    pub fn array<T>(
        &mut self,
        width: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut items = vec![];
        loop {
            let count = self.block(width)?;
            if count == 0 {
                return Ok(items);
            }
            items.reserve(count);
            for _ in 0..count {
                items.push(item(self)?);
            }
        }
    }
    pub fn doubles(&mut self) -> Result<Vec<f64>, String> {
        let mut values = vec![];
        loop {
            let count = self.block(8)?;
            if count == 0 {
                return Ok(values);
            }
            let bytes = self.take(count * 8)?;
            values.extend(bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)));
        }
    }
    /// Channels of equal length, with items of `width` bytes: their number, and their values one after the other.
    pub fn channels(&mut self, width: usize) -> Result<(usize, Vec<f32>), String> {
        let (mut channels, mut values, mut length) = (0, Vec::with_capacity(self.bytes.len() / width), None);
        loop {
            let block = self.block(1)?;
            if block == 0 {
                return Ok((channels, values));
            }
            for _ in 0..block {
                let before = values.len();
                self.floats(width, &mut values)?;
                let got = values.len() - before;
                if *length.get_or_insert(got) != got {
                    return Err("the channels have different lengths".into());
                }
                channels += 1;
            }
        }
    }
    /// The floats of an array, with items of `width` bytes.
    pub fn floats(&mut self, width: usize, values: &mut Vec<f32>) -> Result<(), String> {
        loop {
            let count = self.block(width)?;
            if count == 0 {
                return Ok(());
            }
            let bytes = self.take(count * width)?;
            match width {
                4 => values.extend(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b))),
                _ => values.extend(bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32)),
            }
        }
    }
}
