"""compare_onnx.py MODEL.onnx ROWS.json: runs a model with onnxruntime and compares it with given probabilities.

ROWS.json: {"rows": [[value or null]], "probabilities": [[p]], "labels": [text]}. Prints the largest difference.
"""
import json
import sys

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
expected = json.load(open(sys.argv[2]))
rows = np.array([[np.nan if v is None else v for v in row] for row in expected["rows"]], dtype=np.float32)
label, probabilities = session.run(["label", "probabilities"], {"features": rows})
assert label.tolist() == expected["labels"], [p for p in zip(label, expected["labels"]) if p[0] != p[1]]
assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
metadata = session.get_modelmeta().custom_metadata_map
assert len(json.loads(metadata["features"])) == rows.shape[1]
print(np.abs(probabilities - np.array(expected["probabilities"])).max())
