// The binary header of a picture, as written by src/wire.rs.

const VERSION = 1;
const HEADER = 32;
const KEPT = 1;

/** Decodes a message; null if it is not a picture. */
export function decode(buffer) {
  if (buffer.byteLength < HEADER) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== VERSION) return null;
  return {
    kept: (view.getUint8(1) & KEPT) !== 0,
    stream: view.getUint16(2, true),
    generation: view.getUint32(4, true),
    index: Number(view.getBigUint64(8, true)),
    time: Number(view.getBigInt64(16, true)) / 1000,
    thinned: view.getUint32(24, true),
    dropped: view.getUint32(28, true),
    values: floats(buffer),
  };
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function floats(buffer) {
  const count = Math.floor((buffer.byteLength - HEADER) / 4);
  if (littleEndian) return new Float32Array(buffer, HEADER, count);
  const view = new DataView(buffer, HEADER);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true));
}
