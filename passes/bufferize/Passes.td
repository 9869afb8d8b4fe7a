#ifndef COIL_PASSES_BUFFERIZE_PASSES_TD
#define COIL_PASSES_BUFFERIZE_PASSES_TD

include "mlir/Pass/PassBase.td"

def BindEntryPass : Pass<"bufferize-bind-entry", "mlir::ModuleOp"> {
  let summary = "Connect the entry function to the runtime's frame";
  let description = [{
    Inputs, weights and dynamic dimensions are read from the frame, results are
    written into the output's buffer, by the kernel that computes them where
    that is possible. The model's signature and the list of its weights move to
    attributes of the module, from which lib/package writes header, descriptor
    and weights. An output with `coil.share` is bound to its input's buffer, of
    which it, and the input, are slices where it grows.

    Before:
    ```mlir
    func.func @main(%x: tensor<?x8xf32> {onnx.name = "x", ...}) -> (tensor<?x8xf32> {...}) {
      %n = coil.symbol "batch"
      %w = arith.constant dense_resource<w> : tensor<8xf32>
      %e = tensor.empty(%n) : tensor<?x8xf32>
      %y = call @map_0(%x, %w, %e)
      return %y
    ```
    After:
    ```mlir
    func.func @main(%f: !rt.frame) {
      %n = rt.symbol %f, 0
      %0 = rt.input %f, 0 : memref<?xi8>
      %1 = memref.view %0[%c0][%n] : memref<?xi8> to memref<?x8xf32>
      %x = bufferization.to_tensor %1 restrict
      ...
      %o = rt.output %f, 0(%n, %c8)
      ...
      call @map_0(%x, %w, %out)
      return
    ```
  }];
  let options = [Option<"direct", "direct", "bool", /*default=*/"true",
    "Results are computed in their outputs where they can be, and not copied there at the end">];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect",
    "mlir::memref::MemRefDialect", "::coil::rt::RtDialect", "mlir::arith::ArithDialect",
    "mlir::tensor::TensorDialect"];
}

def BindSequencesPass : Pass<"bufferize-bind-sequences", "mlir::func::FuncOp"> {
  let summary = "Make sequences and optional values lists of the runtime";
  let description = [{
    A tensor is copied when it is put into a list, into scratch memory, and read
    where it lies when it is taken out.

    Before:
    ```mlir
    %t = coil.sequence_insert %x, %s[%i] : tensor<?xf32>, !coil.sequence<tensor<?xf32>>
    %y = coil.sequence_at %t[%j] : !coil.sequence<tensor<?xf32>> to tensor<?xf32>
    ```
    After:
    ```mlir
    %b = rt.alloc %f, %size : memref<?xi8>
    %m = memref.view %b[%c0][%n] : memref<?xi8> to memref<?xf32>
    bufferization.materialize_in_destination %x in restrict writable %m
    %t = rt.list_insert %f, %s[%i], %b size %size(%n) : memref<?xi8>
    %e, %d = rt.list_element %f, %t[%j] : memref<?xi8>, index
    %v = memref.view %e[%c0][%d] : memref<?xi8> to memref<?xf32>
    %y = bufferization.to_tensor %v restrict
    ```
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect",
    "mlir::memref::MemRefDialect", "::coil::rt::RtDialect", "mlir::arith::ArithDialect",
    "mlir::tensor::TensorDialect"];
}

def PlacePartsPass : Pass<"bufferize-place-parts", "mlir::ModuleOp"> {
  let summary = "Let kernels write where their results are put together";
  let description = [{
    Tensors that are inserted into a larger one get one buffer, and each kernel
    that makes one of them writes into its slice, whatever the order of the ops and
    whoever else reads the parts. So it is with a padded frame, with wholes inside
    of wholes, and where a part, or an output, gets another shape on its way. What
    no kernel makes is copied to its slice. A kernel that then meets a buffer with
    rows apart is cloned for it.

    Before:
    ```mlir
    %a = call @map_0(%frame, %x, %e0) : (...) -> tensor<4x8xf32>
    %b = call @map_0(%frame, %a, %e1) : (...) -> tensor<4x8xf32>
    %0 = tensor.insert_slice %a into %e2[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
    %1 = tensor.insert_slice %b into %0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
    ```
    After:
    ```mlir
    %whole = memref.alloc() : memref<4x16xf32>
    %p = memref.subview %whole[0, 0] [4, 8] [1, 1] : memref<4x16xf32> to memref<4x8xf32, strided<[16, 1]>>
    %d = bufferization.to_tensor %p restrict writable
    %a = call @map_0_apart(%frame, %x, %d) : (...) -> tensor<4x8xf32>
    ... // %b likewise
    %1 = bufferization.to_tensor %whole restrict
    ```
  }];
  let dependentDialects = ["mlir::bufferization::BufferizationDialect",
    "mlir::memref::MemRefDialect", "mlir::arith::ArithDialect", "mlir::tensor::TensorDialect"];
}

def PlanArenaPass : Pass<"bufferize-plan-arena", "mlir::func::FuncOp"> {
  let summary = "Give every buffer a place in one arena";
  let description = [{
    Buffers whose lifetimes overlap get different places. Fixed sizes are placed
    greedily, the largest first (arXiv 2001.03288); sizes that depend on dynamic
    dimensions share slots, whose offsets the run computes once. Sizes that only
    the data tells, and buffers carried around a loop, are taken from the
    context's scratch memory (`rt.alloc`). What an iteration of a loop takes so and
    does not hand on it gives back (`rt.mark`, `rt.release`).

    Before:
    ```mlir
    %a = memref.alloc() : memref<4x8xf32>
    ```
    After:
    ```mlir
    %arena = rt.arena %f, %c128 : memref<?xi8>
    %a = memref.view %arena[%c0][] : memref<?xi8> to memref<4x8xf32>
    ```
  }];
  let options = [Option<"reuse", "reuse", "bool", /*default=*/"true",
    "Buffers that never live together share a place; without it none do">];
  let dependentDialects = ["mlir::memref::MemRefDialect", "::coil::rt::RtDialect",
    "mlir::arith::ArithDialect"];
}

def OutlineCopiesPass : Pass<"bufferize-outline-copies", "mlir::ModuleOp"> {
  let summary = "Make copies of strided buffers kernels";
  let description = [{
    What bufferization could not do in place is a memref.copy. One between
    buffers without gaps stays and becomes a memcpy; any other is a call of a
    kernel, one for each pair of types, which is vectorized like all kernels. Each
    has `coil.why`, in words: from where to where it copies, and so why it does.

    Before:
    ```mlir
    memref.copy %a, %b : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1], offset: 8>>
    ```
    After:
    ```mlir
    call @copy_0(%frame, %a, %b) {coil.why = "from a buffer of its own to its part of a larger buffer"}
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::memref::MemRefDialect"];
}

def ResolveReshapesPass : Pass<"bufferize-resolve-reshapes", "mlir::func::FuncOp"> {
  let summary = "Say the sizes of a reshaped buffer outright";
  let description = [{
    memref.expand_shape of a buffer without gaps becomes a reinterpret_cast with
    the sizes that the op names. Upstream's expansion of the op derives sizes
    from the source and knows groups with one dynamic dimension only.

    Before:
    ```mlir
    %1 = memref.expand_shape %0 [[0, 1]] output_shape [%n, %m] : memref<?xf32> into memref<?x?xf32>
    ```
    After:
    ```mlir
    %1 = memref.reinterpret_cast %0 to offset: [0], sizes: [%n, %m], strides: [%m, 1] : memref<?xf32> to memref<?x?xf32>
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::memref::MemRefDialect"];
}

#endif // COIL_PASSES_BUFFERIZE_PASSES_TD
