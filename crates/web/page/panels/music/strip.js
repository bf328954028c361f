// The last seconds of music over time: pitch classes as colour, chords above them, onset strength with beats below.
const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
/** Shares of the height: chroma, and onset strength. */
const CHROMA = 0.62;

/** Draws rows of `{ time, chord, chroma, strength, beats }`, with times in ms, into a box of a canvas. */
export function strip(context, box, rows, { from, to, theme }) {
  const x = (time) => box.left + ((time - from) / (to - from)) * box.width;
  context.save();
  context.beginPath();
  context.rect(box.left, 0, box.width, box.top + box.height);
  context.clip();
  const upper = { ...box, height: box.height * CHROMA };
  chroma(context, upper, rows, x, theme);
  chords(context, upper, rows, x, theme);
  const lower = { ...box, top: box.top + upper.height + 4, height: box.height - upper.height - 4 };
  onsets(context, lower, rows, x, theme);
  context.restore();
  names(context, upper, theme);
}

/** A row of the raster per pitch class, C lowest. */
function chroma(context, box, rows, x, { map }) {
  const each = box.height / 12;
  rows.forEach(({ time, chroma: values }, i) => {
    const left = i > 0 ? x(rows[i - 1].time) : x(time) - 2;
    values?.forEach((value, item) => {
      const at = Math.round(Math.min(1, Math.max(0, value)) * 255) * 4;
      context.fillStyle = `rgb(${map[at]} ${map[at + 1]} ${map[at + 2]})`;
      context.fillRect(left, box.top + (11 - item) * each, Math.max(1, x(time) - left + 0.5), each + 0.5);
    });
  });
}

/** The name of each chord at its start. */
function chords(context, box, rows, x, { colours }) {
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  let free = -Infinity;
  rows.forEach(({ time, chord }, i) => {
    if (!chord || (i > 0 && rows[i - 1].chord === chord)) return;
    const left = Math.max(box.left, x(time));
    context.fillStyle = colours.grid;
    context.fillRect(left, box.top, 1, box.height);
    if (left < free) return;
    context.fillStyle = colours.text;
    context.fillText(chord, left, box.top - 4);
    free = left + context.measureText(chord).width + 6;
  });
}

/** Onset strength as a line, with a mark at each beat. */
function onsets(context, box, rows, x, { colours }) {
  const most = Math.max(1e-9, ...rows.map(({ strength }) => strength ?? 0));
  context.fillStyle = colours.muted;
  for (const beat of rows.flatMap(({ beats }) => beats)) {
    context.fillRect(x(beat) - 0.5, box.top, 1, box.height);
  }
  context.strokeStyle = colours.accent;
  context.beginPath();
  rows.forEach(({ time, strength }, i) => {
    const y = box.top + (1 - (strength ?? 0) / most) * box.height;
    if (i === 0) context.moveTo(x(time), y);
    else context.lineTo(x(time), y);
  });
  context.stroke();
}

/** The pitch classes at the left, if there is enough space. */
function names(context, box, { colours }) {
  const each = box.height / 12;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.muted;
  // as many as are legible, evenly spaced
  const step = Math.ceil(10 / each);
  NAMES.forEach((name, item) => {
    if (item % step === 0) context.fillText(name, box.left - 7, box.top + (11.5 - item) * each);
  });
}
