//! Hashes of the ids of readings.

/// Hash of the id of a reading, the same on every machine and after every restart: FNV-1a of 64 bits (Fowler, Noll and
/// Vo, RFC 9923). The probability that two of a million ids collide is 3 in a hundred million.
///
/// ```
/// assert_eq!(passband_flow::format::name_hash(b"foobar"), 0x8594_4171_f739_67e8); // a test vector of the RFC
/// ```
pub fn name_hash(name: &[u8]) -> u64 {
    name.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
