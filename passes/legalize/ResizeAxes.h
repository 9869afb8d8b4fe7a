//===- ResizeAxes.h - how a tensor is resized along each axis -------------===//
#ifndef COIL_PASSES_LEGALIZE_RESIZEAXES_H
#define COIL_PASSES_LEGALIZE_RESIZEAXES_H

#include "dialects/onnx/Onnx.h"
#include "passes/legalize/CoreBuilder.h"

namespace coil {

/// What happens along one axis. Numbers are f32, as exporters compute them.
struct ResizeAxis {
  int64_t axis;
  Dim from, to;
  Scalar scale;      // to / from, or as the model states it
  Scalar roiStart, roiEnd;
  bool isIdentity = false;
};

/// The axes that an operator resizes, from its sizes or scales.
FailureOr<SmallVector<ResizeAxis>> resizeAxes(onnx::ResizeOp op, CoreBuilder &b);

/// Where in the input the element x of the output lies, in f32.
using ResizeTransform = Scalar (*)(CoreBuilder &b, const ResizeAxis &a, Scalar x);
/// By its ONNX name, null if there is none.
ResizeTransform resizeTransform(StringRef mode);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_RESIZEAXES_H
