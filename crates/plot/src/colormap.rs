//! The colour map magma, which is perceptually uniform.

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// The 256 colours in hexadecimal digits, from dark to light: magma by S. van der Walt and N. Smith, from matplotlib
/// (CC0).
const MAGMA: &str = "\
    00000401000501010601010802010902020b02020d03030f03031204041405041606051806051a07061c08071e0907200a08220b0924\
    0c09260d0a290e0b2b100b2d110c2f120d31130d34140e36150e38160f3b180f3d19103f1a10421c10441d11471e114920114b21114e\
    22115024125325125527125829115a2a115c2c115f2d11612f116331116533106734106936106b38106c390f6e3b0f703d0f713f0f72\
    400f74420f75440f764510774710784910784a10794c117a4e117b4f127b51127c52137c54137d56147d57157e59157e5a167e5c167f\
    5d177f5f187f601880621980641a80651a80671b80681c816a1c816b1d816d1d816e1e81701f81721f81732081752181762181782281\
    7922827b23827c23827e24828025828125818326818426818627818827818928818b29818c29818e2a81902a81912b81932b80942c80\
    962c80982d80992d809b2e7f9c2e7f9e2f7fa02f7fa1307ea3307ea5317ea6317da8327daa337dab337cad347cae347bb0357bb2357b\
    b3367ab5367ab73779b83779ba3878bc3978bd3977bf3a77c03a76c23b75c43c75c53c74c73d73c83e73ca3e72cc3f71cd4071cf4070\
    d0416fd2426fd3436ed5446dd6456cd8456cd9466bdb476adc4869de4968df4a68e04c67e24d66e34e65e44f64e55064e75263e85362\
    e95462ea5661eb5760ec5860ed5a5fee5b5eef5d5ef05f5ef1605df2625df2645cf3655cf4675cf4695cf56b5cf66c5cf66e5cf7705c\
    f7725cf8745cf8765cf9785df9795df97b5dfa7d5efa7f5efa815ffb835ffb8560fb8761fc8961fc8a62fc8c63fc8e64fc9065fd9266\
    fd9467fd9668fd9869fd9a6afd9b6bfe9d6cfe9f6dfea16efea36ffea571fea772fea973feaa74feac76feae77feb078feb27afeb47b\
    feb67cfeb77efeb97ffebb81febd82febf84fec185fec287fec488fec68afec88cfeca8dfecc8ffecd90fecf92fed194fed395fed597\
    fed799fed89afdda9cfddc9efddea0fde0a1fde2a3fde3a5fde5a7fde7a9fde9aafdebacfcecaefceeb0fcf0b2fcf2b4fcf4b6fcf6b8\
    fcf7b9fcf9bbfcfbbdfcfdbf";

/// The colours of magma, from dark to light.
pub fn magma() -> [Rgb; 256] {
    let digit = |at: usize| (MAGMA.as_bytes()[at] as char).to_digit(16).unwrap_or(0) as u8;
    std::array::from_fn(|colour| {
        std::array::from_fn(|channel| {
            let at = 6 * colour + 2 * channel;
            16 * digit(at) + digit(at + 1)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with matplotlib 3.11.
    #[test]
    fn the_colours_are_those_of_matplotlib() {
        let magma = magma();
        assert_eq!((magma[0], magma[128], magma[255]), ([0, 0, 4], [183, 55, 121], [252, 253, 191]));
        let light = |[r, g, b]: Rgb| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        assert!(magma.windows(2).all(|two| light(two[1]) > light(two[0]) - 1.0));
    }
}
