//! Names of readings as numbers.

/// A number for the name of a reading, the same on every machine and after every restart: FNV-1a of 64 bits
/// (Fowler, Noll and Vo, RFC 9923). Of a million names two are the same number with a chance of 3 in a hundred million.
///
/// ```
/// assert_eq!(passband_flow::format::name_hash(b"foobar"), 0x8594_4171_f739_67e8); // a test vector of the RFC
/// ```
pub fn name_hash(name: &[u8]) -> u64 {
    name.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
