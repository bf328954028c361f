// Why a layer that is measured from the file cannot be drawn yet.

/** Null once the layers are there. */
export function missing({ model, layers }) {
  if (model?.measured) return null;
  if (layers === "failed") return "Needs the file: see the message above.";
  return "Being measured from the file …";
}
