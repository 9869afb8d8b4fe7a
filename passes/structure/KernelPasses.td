// The passes that cut kernels, and say where these write. Passes.td has those before
// them and includes this one.
#ifndef COIL_PASSES_STRUCTURE_KERNEL_PASSES_TD
#define COIL_PASSES_STRUCTURE_KERNEL_PASSES_TD

include "mlir/Pass/PassBase.td"

def GroupAttentionPass : Pass<"structure-group-attention", "mlir::func::FuncOp"> {
  let summary = "Mark the ops of an attention, so that its scores are never in memory";
  let description = [{
    A product of queries and keys, what is done to it, a softmax of its rows and
    the product of that with values, which hand on their results to each other
    alone, are marked as a group: each with `coil.group`, the number of the group,
    `coil.attention`, what it is in it, `coil.rows`, its loops over all dimensions
    of scores but keys, and `coil.keys`, its loop over these. The sizes of heads are
    known. Inputs and the result may be f16 or bf16; what was stored so between the
    ops becomes f32, for it is not stored any more. A transposition of the result, which only
    gives heads their places, and its rounding are a part of it. `structure-outline-kernels` makes a
    kernel of a group, `vectorize-tile-attention` its loops.

    A remark says of each product after a softmax whether it is, and else why not.

    Before:
    ```mlir
    %s = linalg.generic {(h, s, t | d)} ins(%q, %k) { mulf, addf }
    %m = linalg.generic {(h, s | t)} ins(%s) { maximumf }
    %p = linalg.generic {(h, s, t)} ins(%s, %m) { exp(s - m) }
    %l = linalg.generic {(h, s | t)} ins(%p) { addf }
    %w = linalg.generic {(h, s, t)} ins(%p, %l) { divf }
    %y = linalg.generic {(h, s, e | t)} ins(%w, %v) { mulf, addf }
    ```
    After:
    ```mlir
    %s = linalg.generic ... {coil.attention = "products", coil.group = 0, coil.keys = 2, coil.rows = array<i64: 0, 1>}
    %m = linalg.generic ... {coil.attention = "greatest", coil.group = 0, coil.keys = 2, coil.rows = array<i64: 0, 1>}
    ...
    %y = linalg.generic ... {coil.attention = "values", coil.group = 0, coil.keys = 3, coil.rows = array<i64: 0, 1>}
    ```
  }];
}

def GroupRowsPass : Pass<"structure-group-rows", "mlir::func::FuncOp"> {
  let summary = "Mark ops that can be done to one row after the other";
  let description = [{
    Elementwise ops and sums of rows, as a softmax or a normalization is made of,
    that hand on their results to each other are marked as a group: each
    with `coil.group`, the number of the group, and with `coil.rows`, its loops
    over what is a row for all of them. Of the result of the last op these are the
    first dimensions, or, where that is no group, any dimensions with the last one
    among them: of a softmax over channels a row is a pixel, and of few channels 64
    pixels stay in the first cache. What lies between them has to be small, for one
    row, or lie where the result will. What others read too, after the last op, as the next
    residual sum does, is a result of its own: reshapes of it are moved there. Parts
    of a concatenation stay apart, to be made in their places. A remark says why ops
    around a sum are not of its group. `structure-outline-kernels` makes a kernel of a
    group, `vectorize-tile-rows` a loop over blocks of rows in it.

    Before:
    ```mlir
    %m = linalg.generic {(i, j) -> (i)} ins(%x : tensor<64x100xf32>) { maximumf }
    %e = linalg.generic {(i, j)} ins(%x, %m) { exp(x - m) }
    ```
    After:
    ```mlir
    %m = linalg.generic {(i, j) -> (i)} ins(%x : tensor<64x100xf32>) attrs = {coil.group = 0, coil.rows = array<i64: 0>} { maximumf }
    %e = linalg.generic {(i, j)} ins(%x, %m) attrs = {coil.group = 0, coil.rows = array<i64: 0>} { exp(x - m) }
    ```
  }];
}

def FrameRowsPass : Pass<"structure-frame-rows", "mlir::func::FuncOp"> {
  let summary = "Pad an image row by row, where it would be copied";
  let description = [{
    A window over a padded tensor whose inside would be copied there goes row by
    row: rows are the leading loops of its result that are dimensions of the frame
    without padding, as batch and channels. Frame, copy, window and what is done to
    its sums are marked as a group like those of `structure-group-rows`, so that
    the frame has the size of a row, at most 64 KB, and is on the stack of a thread.
    Its fill too has `coil.rows`: it is done once, for all rows have their padding
    at the same place. What a producer writes straight into the frame stays as it is.

    Before:
    ```mlir
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x58xf32>)
    %p = tensor.insert_slice %x into %f[0, 1] [64, 56] [1, 1]
    %y = linalg.generic {(c, i, k)} ins(%p, %w) { %acc + p(c, i + k) * w(c, k) }
    ```
    After:
    ```mlir
    %f = linalg.fill {coil.group = 0, coil.rows = array<i64: 0>} ins(%zero : f32) outs(%e : tensor<64x58xf32>)
    %s = tensor.extract_slice %f[0, 1] [64, 56] [1, 1] {coil.group = 0}
    %i = linalg.generic {(c, i)} ins(%x) outs(%s) attrs = {coil.group = 0, coil.rows = array<i64: 0>} { x }
    %p = tensor.insert_slice %i into %f[0, 1] [64, 56] [1, 1] {coil.group = 0}
    %y = linalg.generic {(c, i, k)} ins(%p, %w) attrs = {coil.group = 0, coil.rows = array<i64: 0>} { %acc + p(c, i + k) * w(c, k) }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def OutlineKernelsPass : Pass<"structure-outline-kernels", "mlir::ModuleOp"> {
  let summary = "Make every linalg op a call of a kernel, identical kernels one function";
  let description = [{
    A kernel is a private function in destination-passing style: the op, the
    fill of its accumulator, the scalars it captures as constants. An elementwise
    op goes with the sum that it alone reads, if it reads and writes side by side
    what the sum has side by side: the sum then never leaves the registers. The ops
    of a group of rows (`structure-group-rows`) are one kernel, too, whose results are those that others read. What is left in the entry function is the order of calls, views and control flow.

    Before:
    ```mlir
    %1 = linalg.generic ... ins(%x : tensor<4x8xf32>) outs(%e0 : tensor<4x8xf32>) { math.exp }
    %2 = linalg.generic ... ins(%1 : tensor<4x8xf32>) outs(%e1 : tensor<4x8xf32>) { math.exp }
    ```
    After:
    ```mlir
    func.func private @map_0(%in: tensor<4x8xf32>, %out: tensor<4x8xf32>) -> tensor<4x8xf32> {...}
    ...
    %1 = call @map_0(%x, %e0)
    %2 = call @map_0(%1, %e1)
    ```
  }];
  let options = [
    Option<"epilogues", "epilogues", "bool", /*default=*/"true", "Cut an elementwise op out together with its sum">,
  ];
  let dependentDialects = ["mlir::func::FuncDialect"];
}

def ShareBuffersPass : Pass<"structure-share-buffers", "mlir::func::FuncOp"> {
  let summary = "Find how an output can lie in the buffer of an input";
  let description = [{
    `coilc --share` asks for it, by `coil.share = array<i64: input, axis,
    capacity>` on a result of @main, with the axis -1. Without a capacity both have
    the same dimensions. With one the result must begin with the input, as what
    Concat makes of a cache and new rows: the axis along which it does is noted.
    Kernels that read it or write there then get buffers whose rows lie apart, and
    `bufferize-bind-entry` makes both one. What cannot be is an error.

    Before:
    ```mlir
    func.func @main(%past: tensor<4x?x8xf32>, ...) -> (tensor<4x?x8xf32> {coil.share = array<i64: 0, -1, 2048>}) {
      %0 = tensor.insert_slice %past into %empty[0, 0, 0] [4, %p, 8] [1, 1, 1]
      %1 = tensor.insert_slice %new into %0[0, %p, 0] [4, %s, 8] [1, 1, 1]
      return %1
    ```
    After:
    ```mlir
    func.func @main(%past: tensor<4x?x8xf32>, ...) -> (tensor<4x?x8xf32> {coil.share = array<i64: 0, 1, 2048>}) {
    ```
  }];
}

def OwnDestinationsPass : Pass<"structure-own-destinations", "mlir::func::FuncOp"> {
  let summary = "Give each op that writes a destination of its own";
  let description = [{
    Folding merges equal tensor.empty and linalg.fill ops, as it should. Where
    ops write into one of them, each but the last would have to copy it: making
    it again costs less.

    Before:
    ```mlir
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>)
    %a = tensor.insert_slice %x into %f[1] [4] [1]
    %b = tensor.insert_slice %y into %f[1] [4] [1]
    ```
    After:
    ```mlir
    %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<8xf32>)
    %a = tensor.insert_slice %x into %f0[1] [4] [1]
    %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<8xf32>)
    %b = tensor.insert_slice %y into %f1[1] [4] [1]
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"];
}

def FillBordersPass : Pass<"structure-fill-borders", "mlir::func::FuncOp"> {
  let summary = "Fill only the padding of a padded tensor";
  let description = [{
    A tensor is padded by filling a frame and inserting it there. Where the frame
    is not small and mostly inside, only the slabs around the inside are filled,
    so that the inside is written once. They are one kernel
    (`structure-outline-kernels`).

    Before:
    ```mlir
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<66x64xf32>)
    %y = tensor.insert_slice %x into %f[1, 0] [64, 64] [1, 1]
    ```
    After:
    ```mlir
    %p0 = tensor.extract_slice %e[0, 0] [1, 64] [1, 1]
    %f0 = linalg.fill ins(%zero : f32) outs(%p0 : tensor<1x64xf32>)
    %e0 = tensor.insert_slice %f0 into %e[0, 0] [1, 64] [1, 1]
    %p1 = tensor.extract_slice %e0[65, 0] [1, 64] [1, 1]
    %f1 = linalg.fill ins(%zero : f32) outs(%p1 : tensor<1x64xf32>)
    %e1 = tensor.insert_slice %f1 into %e0[65, 0] [1, 64] [1, 1]
    %y = tensor.insert_slice %x into %e1[1, 0] [64, 64] [1, 1]
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::affine::AffineDialect"];
}

#endif // COIL_PASSES_STRUCTURE_KERNEL_PASSES_TD
