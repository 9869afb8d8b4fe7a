#ifndef COIL_PASSES_STRUCTURE_PASSES_TD
#define COIL_PASSES_STRUCTURE_PASSES_TD

include "mlir/Pass/PassBase.td"

def StorageTypesPass : Pass<"structure-storage-types", "mlir::func::FuncOp"> {
  let summary = "Give every tensor the element type it has in memory";
  let description = [{
    Unsigned integers become signless, as arith computes them. Booleans, integers
    of 2 or 4 bits and floats of 4 or 8 become bytes, one an element, so that
    memory is never addressed by the bit. Scalars in bodies stay i1, i4 or
    f8E5M2; the crossing is explicit.

    Before:
    ```mlir
    %r = linalg.generic ... ins(%a : tensor<4xui8>) outs(%e : tensor<4xi1>) {
    ^bb0(%in: ui8, %out: i1):
      %0 = coil.sign %in : ui8 to i8
      %1 = arith.cmpi ugt, %0, %c7 : i8
      linalg.yield %1 : i1
    }
    ```
    After:
    ```mlir
    %r = linalg.generic ... ins(%a : tensor<4xi8>) outs(%e : tensor<4xi8>) {
    ^bb0(%in: i8, %out: i8):
      %1 = arith.cmpi ugt, %in, %c7 : i8
      %2 = arith.extui %1 : i1 to i8
      linalg.yield %2 : i8
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def SmallFloatsPass : Pass<"structure-small-floats", "mlir::func::FuncOp"> {
  let summary = "Expand conversions from and to floats of 4 or 8 bits";
  let description = [{
    No machine that COIL compiles for converts them, nor does LLVM. arith.extf and
    arith.truncf become arithmetic on the bits, for each format that APFloat
    describes, so that vectors of them are vectors of integers.

    Before:
    ```mlir
    %1 = arith.extf %0 : f8E8M0FNU to f32
    ```
    After:
    ```mlir
    %1 = arith.bitcast %0 : f8E8M0FNU to i8
    %2 = arith.extui %1 : i8 to i32
    %3 = arith.shli %2, %c23_i32 : i32
    %4 = arith.cmpi eq, %2, %c0_i32 : i32
    %5 = arith.select %4, %c4194304_i32, %3 : i32
    %6 = arith.cmpi eq, %2, %c255_i32 : i32
    %7 = arith.select %6, %c2143289344_i32, %5 : i32
    %8 = arith.bitcast %7 : i32 to f32
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect"];
}

def FuseElementwisePass : Pass<"structure-fuse-elementwise", "mlir::func::FuncOp"> {
  let summary = "Fuse elementwise producers into their only consumer";
  let description = [{
    Upstream's fusion of linalg ops, steered: a producer with one use goes into
    its consumer unless that would compute an element more than once, as in a
    contraction that reads its operand once a column, or in a broadcast. What
    costs next to nothing, a conversion or a sum, goes in even then.

    Before:
    ```mlir
    %0 = linalg.generic ... ins(%a, %b) { arith.addf }
    %1 = linalg.generic ... ins(%0) { math.exp }
    ```
    After:
    ```mlir
    %1 = linalg.generic ... ins(%a, %b) { arith.addf, math.exp }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect",
    "mlir::affine::AffineDialect"];
}

def OutlineKernelsPass : Pass<"structure-outline-kernels", "mlir::ModuleOp"> {
  let summary = "Make every linalg op a call of a kernel, identical kernels one function";
  let description = [{
    A kernel is a private function in destination-passing style: the op, the
    fill of its accumulator, the scalars it captures as constants. What is left
    in the entry function is the order of calls, views and control flow.

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
  let dependentDialects = ["mlir::func::FuncDialect"];
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

#endif // COIL_PASSES_STRUCTURE_PASSES_TD
