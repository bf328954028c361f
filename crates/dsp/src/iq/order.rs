//! The order of the bins of a two-sided spectrum.

/// The position of the negative frequencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// From the lowest frequency to the highest, 0 Hz at bin `length/2` (numpy's `fftshift`).
    Centred,
    /// 0 Hz first, then the positive frequencies, then the negative ones: the order of an FFT.
    FromZero,
}

impl Order {
    /// The names that [`Order::by_name`] accepts.
    pub const NAMES: &'static [&'static str] = &["centred", "from_zero"];

    /// Finds an order by name; the error for an unknown name lists the valid ones.
    ///
    /// # Example
    /// ```
    /// use passband_dsp::iq::Order;
    /// assert_eq!(Order::by_name("centred"), Ok(Order::Centred));
    /// assert!(Order::by_name("shifted").unwrap_err().contains("centred, from_zero"));
    /// ```
    pub fn by_name(name: &str) -> Result<Order, String> {
        match name {
            "centred" => Ok(Order::Centred),
            "from_zero" => Ok(Order::FromZero),
            _ => Err(format!("there is no order \"{name}\"; there are {}", Order::NAMES.join(", "))),
        }
    }

    /// The frequency of a bin in steps of `rate / length`.
    ///
    /// # Shape      `bin` below `length`
    /// # Edges      for even lengths, the bin at half the rate has a negative frequency
    /// # Agrees     numpy `fft.fftfreq`, `fft.fftshift`, to the bit
    /// # Example
    /// ```
    /// use passband_dsp::iq::Order;
    /// let steps = |order: Order| (0..4).map(|bin| order.step(bin, 4)).collect::<Vec<_>>();
    /// assert_eq!(steps(Order::Centred), [-2, -1, 0, 1]);
    /// assert_eq!(steps(Order::FromZero), [0, 1, -2, -1]);
    /// ```
    pub fn step(self, bin: usize, length: usize) -> i64 {
        let (bin, length) = (bin as i64, length as i64);
        match self {
            Order::Centred => bin - length / 2,
            Order::FromZero if bin < (length + 1) / 2 => bin,
            Order::FromZero => bin - length,
        }
    }
}
