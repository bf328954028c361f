// Colours of channels, kept: they are computed in CIELAB, which takes too long for each of thousands of notes.
const known = new Map();

/** As `theme.channel`. */
export function tint(theme, index, opacity = 1, shift = 0) {
  const key = `${index % 8} ${opacity} ${shift} ${theme.dark}`;
  if (!known.has(key)) known.set(key, theme.channel(index, opacity, shift));
  return known.get(key);
}
