// The strongest lines of a picture.

const MOST = 8;
/**
 * The number of dB by which a peak must exceed the noise, and the valley between it and any stronger peak. Of 10,000
 * bins of plain noise, the maximum is 11 dB above the median.
 */
const OVER_NOISE = 15;
const OVER_VALLEY = 6;
const SILENCE = -300;

/**
 * The peaks of every channel, strongest first: `frequency` and `level` are those of the strongest bin,
 * `interpolated` and `interpolatedLevel` those of the parabola through it and its neighbours (Smith & Serra 1987).
 */
export function findPeaks(values, stream) {
  const { bins, channels } = stream.spec;
  return channels.flatMap((name, channel) =>
    ofChannel(decibels(values.subarray(channel * bins, (channel + 1) * bins), stream)).map((peak) => ({
      channel,
      name,
      bin: peak.bin,
      frequency: stream.frequency(peak.bin),
      interpolated: stream.frequency(peak.bin + peak.shift),
      level: values[channel * bins + peak.bin],
      interpolatedLevel: stream.decibels ? peak.level : 10 ** (peak.level / 20),
    })),
  );
}

/**
 * Converts levels to decibels; linear values are treated as magnitudes, which preserves the order and the shape of the
 * parabola.
 */
function decibels(values, stream) {
  return stream.decibels ? values : Float32Array.from(values, (v) => 20 * Math.log10(v));
}

function ofChannel(levels) {
  const noise = noiseFloor(levels);
  const candidates = [];
  for (let k = 1; k + 1 < levels.length; k++) {
    const v = levels[k];
    if (v > levels[k - 1] && v >= levels[k + 1] && v > noise(k) + OVER_NOISE) candidates.push(k);
  }
  candidates.sort((a, b) => levels[b] - levels[a]);
  const peaks = [];
  for (const bin of candidates.slice(0, 400)) {
    if (peaks.length === MOST) break;
    if (hidden(levels[bin], bin, peaks) || !stands(levels, bin)) continue;
    peaks.push({ bin, ...parabola(levels, bin) });
  }
  return peaks;
}

/**
 * Whether a peak is a side lobe of a stronger one, caused by the window and not by the signal. Side lobes fall by about
 * 30 dB per decade.
 */
function hidden(level, bin, peaks) {
  return peaks.some((peak) => level < peak.level - 20 - 30 * Math.log10(Math.abs(bin - peak.bin)) + 2);
}

/** Whether the level falls far enough on both sides before it exceeds the peak. */
function stands(levels, bin) {
  const enough = levels[bin] - OVER_VALLEY;
  for (const by of [-1, 1]) {
    for (let k = bin + by; ; k += by) {
      if (k < 0 || k >= levels.length || levels[k] <= enough) break;
      if (levels[k] > levels[bin]) return false;
    }
  }
  return true;
}

function parabola(levels, bin) {
  const [a, b, c] = [levels[bin - 1], levels[bin], levels[bin + 1]];
  const bend = a - 2 * b + c;
  const shift = Number.isFinite(bend) && bend < 0 ? Math.max(-0.5, Math.min(0.5, (a - c) / (2 * bend))) : 0;
  return { shift, level: shift === 0 ? b : b - ((a - c) * shift) / 4 };
}

/** The noise around each block of bins: the middle median of three neighbouring blocks. Silence is very low. */
function noiseFloor(levels) {
  const block = Math.max(8, Math.min(64, Math.floor(levels.length / 8)));
  const medians = [];
  for (let start = 0; start < levels.length; start += block) {
    const some = levels.slice(start, start + block).map((v) => (Number.isNaN(v) ? -Infinity : v)).sort();
    medians.push(Math.max(SILENCE, some[some.length >> 1]));
  }
  const floor = medians.map((own, i) => [medians[i - 1] ?? own, own, medians[i + 1] ?? own].sort((a, b) => a - b)[1]);
  return (bin) => floor[Math.floor(bin / block)];
}
