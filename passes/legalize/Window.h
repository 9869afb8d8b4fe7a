//===- Window.h - where a window goes -------------------------------------===//
//
// What convolutions and pools have in common: a window of `kernel` elements,
// `dilation` apart, that moves in strides over a padded input. Every size may
// be known only at run time.
//
//===----------------------------------------------------------------------===//
#ifndef COIL_PASSES_LEGALIZE_WINDOW_H
#define COIL_PASSES_LEGALIZE_WINDOW_H

#include "passes/legalize/CoreBuilder.h"

namespace coil {

/// The attributes as ONNX writes them.
struct WindowAttributes {
  WindowAttributes(StringRef autoPad, std::optional<ArrayRef<int64_t>> dilations,
                   std::optional<ArrayRef<int64_t>> pads, std::optional<ArrayRef<int64_t>> strides)
      : autoPad(autoPad), dilations(dilations), pads(pads), strides(strides) {}
  template <typename Op> explicit WindowAttributes(Op op)
      : autoPad(op.getAutoPad()), dilations(op.getDilations()), pads(op.getPads()), strides(op.getStrides()) {}
  StringRef autoPad;
  std::optional<ArrayRef<int64_t>> dilations, pads, strides;
};

struct Window {
  Dims kernel;
  SmallVector<int64_t> strides, dilations;
  Dims low, high; // padding; `high` reaches the last window's end
  Dims input, output;

  int64_t rank() const { return kernel.size(); }
  /// The extent of the window in the input: (kernel - 1) * dilation + 1.
  Dim extent(CoreBuilder &b, int64_t axis) const;
  /// o * stride + k * dilation for each axis, with o the loops from `first` and
  /// k those from `inner`.
  SmallVector<AffineExpr> reads(CoreBuilder &b, unsigned first, unsigned inner) const;
};

/// Strides, dilations and explicit pads of the right number, or an error.
FailureOr<Window> windowOf(Operation *op, CoreBuilder &b, const WindowAttributes &attributes, Dims input,
                           Dims kernel);

/// The window with padding and output size for an input.
FailureOr<Window> placeWindow(Operation *op, CoreBuilder &b, const WindowAttributes &attributes, Dims input,
                              Dims kernel, bool ceilMode = false);

/// The spatial part of x padded for the window.
Value padFor(CoreBuilder &b, Value x, const Window &window, Scalar value);

/// A convolution of a padded x [N, C, ...] with w [M, C/group, ...], summed in
/// `sum`.
Value convolve(CoreBuilder &b, Value x, Value w, const Window &window, int64_t group, Type sum);
/// The same with terms of one's own, term(x, w, parameters...). A parameter is one
/// number of rank 0 or [M], one for each output channel.
Value convolve(CoreBuilder &b, Value x, Value w, const Window &window, int64_t group, Type sum,
               CoreBuilder::Formula term, ValueRange parameters);

/// The mean of each window: of its elements in the input, or with `includePad`
/// of those in the padding too; what ceil_mode adds beyond it never counts.
FailureOr<Value> averageWindows(Operation *op, CoreBuilder &b, Value x, const WindowAttributes &attributes,
                                ArrayRef<int64_t> kernel, bool ceilMode, bool includePad);

} // namespace coil

#endif // COIL_PASSES_LEGALIZE_WINDOW_H
