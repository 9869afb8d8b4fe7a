// RUN: coil-opt %s -split-input-file -bufferize-place-parts | FileCheck %s

// Both parts are computed in the whole, though one is read by who makes the other,
// and each reader is told how they lie.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[F:.*]]: !rt.frame, %[[X:.*]]: tensor<4x8xf32>
// CHECK: %[[WHOLE:.*]] = memref.alloc() {{.*}} : memref<4x16xf32>
// CHECK: %[[LEFT:.*]] = memref.subview %[[WHOLE]][0, 0] [4, 8]
// CHECK: %[[TO:.*]] = bufferization.to_tensor %[[LEFT]] restrict writable
// CHECK: call @map_apart(%[[F]], %[[X]], %[[TO]])
// CHECK: %[[A:.*]] = bufferization.to_tensor %{{.*}} restrict :
// CHECK: %[[RIGHT:.*]] = memref.subview %[[WHOLE]][0, 8] [4, 8]
// CHECK: %[[TO2:.*]] = bufferization.to_tensor %[[RIGHT]] restrict writable
// CHECK: call @map_apart_0(%[[F]], %[[A]], %[[TO2]])
// CHECK-NOT: insert_slice
// CHECK: %[[R:.*]] = bufferization.to_tensor %[[WHOLE]] restrict :
// CHECK: return %[[R]]
// CHECK-NOT: @map(
// CHECK: func.func private @map_apart_0(
// CHECK-SAME: tensor<4x8xf32> {bufferization.buffer_layout = strided<[?, 1], offset: ?>}
// CHECK-SAME: tensor<4x8xf32> {bufferization.buffer_layout = strided<[?, 1], offset: ?>}
// CHECK: func.func private @map_apart(
// CHECK-SAME: tensor<4x8xf32> {bufferization.buffer_layout = affine_map<(d0, d1) -> (d0, d1)>}
// CHECK-SAME: tensor<4x8xf32> {bufferization.buffer_layout = strided<[?, 1], offset: ?>}
func.func @main(%f: !rt.frame, %x: tensor<4x8xf32>) -> tensor<4x16xf32> {
  %e0 = tensor.empty() : tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x8xf32>
  %a = call @map(%f, %x, %e0) : (!rt.frame, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %b = call @map(%f, %a, %e1) : (!rt.frame, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  %e2 = tensor.empty() : tensor<4x16xf32>
  %0 = tensor.insert_slice %a into %e2[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %1 = tensor.insert_slice %b into %0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  return %1 : tensor<4x16xf32>
}
func.func private @map(%f: !rt.frame, %x: tensor<4x8xf32> {bufferization.buffer_layout = affine_map<(d0, d1) -> (d0, d1)>},
    %out: tensor<4x8xf32> {bufferization.buffer_layout = affine_map<(d0, d1) -> (d0, d1)>}) -> tensor<4x8xf32> {
  return %out : tensor<4x8xf32>
}

// -----

// A frame is filled before the kernel writes into it; what is no kernel's is
// copied; the part gets another shape on its way.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[F:.*]]: !rt.frame, %[[X:.*]]: tensor<32xf32>, %[[Y:.*]]: tensor<1x4x8xf32>
// CHECK: %[[WHOLE:.*]] = memref.alloc() {{.*}} : memref<2x6x8xf32>
// CHECK: %[[ALL:.*]] = bufferization.to_tensor %[[WHOLE]] restrict writable
// CHECK: call @fill(%[[F]], %[[ALL]])
// CHECK: %[[PART:.*]] = memref.subview %[[WHOLE]][0, 1, 0] [1, 4, 8]
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[PART]] {{\[}}[0, 1, 2]]
// CHECK: %[[TO:.*]] = bufferization.to_tensor %[[FLAT]] restrict writable
// CHECK: call @map_apart(%[[F]], %[[X]], %[[TO]])
// CHECK: %[[OTHER:.*]] = memref.subview %[[WHOLE]][1, 1, 0] [1, 4, 8]
// CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[OTHER]]
// CHECK: %[[R:.*]] = bufferization.to_tensor %[[WHOLE]] restrict :
// CHECK: return %[[R]]
func.func @main(%f: !rt.frame, %x: tensor<32xf32>, %y: tensor<1x4x8xf32>) -> tensor<2x6x8xf32> {
  %e0 = tensor.empty() : tensor<32xf32>
  %a = call @map(%f, %x, %e0) : (!rt.frame, tensor<32xf32>, tensor<32xf32>) -> tensor<32xf32>
  %s = tensor.expand_shape %a [[0, 1, 2]] output_shape [1, 4, 8] : tensor<32xf32> into tensor<1x4x8xf32>
  %e1 = tensor.empty() : tensor<2x6x8xf32>
  %frame = call @fill(%f, %e1) : (!rt.frame, tensor<2x6x8xf32>) -> tensor<2x6x8xf32>
  %0 = tensor.insert_slice %s into %frame[0, 1, 0] [1, 4, 8] [1, 1, 1] : tensor<1x4x8xf32> into tensor<2x6x8xf32>
  %1 = tensor.insert_slice %y into %0[1, 1, 0] [1, 4, 8] [1, 1, 1] : tensor<1x4x8xf32> into tensor<2x6x8xf32>
  return %1 : tensor<2x6x8xf32>
}
func.func private @map(%f: !rt.frame, %x: tensor<32xf32> {bufferization.buffer_layout = affine_map<(d0) -> (d0)>},
    %out: tensor<32xf32> {bufferization.buffer_layout = affine_map<(d0) -> (d0)>}) -> tensor<32xf32> {
  return %out : tensor<32xf32>
}
func.func private @fill(%f: !rt.frame, %out: tensor<2x6x8xf32>) -> tensor<2x6x8xf32> {
  return %out : tensor<2x6x8xf32>
}

// -----

// What a run must check first is checked before a kernel writes there.
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[F:.*]]: !rt.frame
// CHECK: %[[N:.*]] = rt.symbol %[[F]], 0
// CHECK: rt.require %[[F]], %{{.*}}, "sizes differ"
// CHECK: %[[ROWS:.*]] = arith.addi %[[N]], %[[N]]
// CHECK: %[[WHOLE:.*]] = memref.alloc(%[[ROWS]])
// CHECK: memref.subview %[[WHOLE]][0, 0] [%[[N]], 8]
// CHECK: call @map
// CHECK: memref.subview %[[WHOLE]][%[[N]], 0] [%[[N]], 8]
// CHECK: call @map
func.func @main(%f: !rt.frame, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c8 = arith.constant 8 : index
  %n = rt.symbol %f, 0
  %e0 = tensor.empty(%n) : tensor<?x8xf32>
  %a = call @map(%f, %x, %e0) : (!rt.frame, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %e1 = tensor.empty(%n) : tensor<?x8xf32>
  %b = call @map(%f, %x, %e1) : (!rt.frame, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %same = arith.cmpi eq, %n, %c8 : index
  rt.require %f, %same, "sizes differ"()
  %rows = arith.addi %n, %n : index
  %e2 = tensor.empty(%rows) : tensor<?x8xf32>
  %0 = tensor.insert_slice %a into %e2[0, 0] [%n, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
  %1 = tensor.insert_slice %b into %0[%n, 0] [%n, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}
func.func private @map(%f: !rt.frame, %x: tensor<?x8xf32>, %out: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %out : tensor<?x8xf32>
}

// -----

// Parts that meet, and a part that somebody goes on writing, stay as they are. So
// does the place of what is known too late: the offset comes from what a kernel says.
// CHECK-LABEL: func.func @main
// CHECK-NOT: memref.alloc
// CHECK: tensor.insert_slice
// CHECK: tensor.insert_slice
// CHECK: tensor.insert_slice
// CHECK: tensor.insert_slice
// CHECK: return
func.func @main(%f: !rt.frame, %x: tensor<8xf32>, %i: index) -> (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8xf32>
  %e1 = tensor.empty() : tensor<8xf32>
  %e2 = tensor.empty() : tensor<8xf32>
  %a = call @map(%f, %x, %e0) : (!rt.frame, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %b = call @map(%f, %x, %e1) : (!rt.frame, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %c = call @map(%f, %x, %e2) : (!rt.frame, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %e3 = tensor.empty() : tensor<16xf32>
  %0 = tensor.insert_slice %a into %e3[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
  %1 = tensor.insert_slice %b into %0[4] [8] [1] : tensor<8xf32> into tensor<16xf32>
  %e4 = tensor.empty() : tensor<16xf32>
  %2 = tensor.insert_slice %c into %e4[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
  %d = tensor.insert %zero into %c[%i] : tensor<8xf32>
  %e5 = tensor.empty() : tensor<8xf32>
  %g = call @map(%f, %x, %e5) : (!rt.frame, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %n = tensor.extract %g[%i] : tensor<8xf32>
  %m = arith.fptosi %n : f32 to i64
  %at = arith.index_cast %m : i64 to index
  %e6 = tensor.empty() : tensor<16xf32>
  %3 = tensor.insert_slice %g into %e6[%at] [8] [1] : tensor<8xf32> into tensor<16xf32>
  return %1, %2, %3, %d : tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<8xf32>
}
func.func private @map(%f: !rt.frame, %x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
  return %out : tensor<8xf32>
}

// -----

// Around a loop it is a slice of the tensor that is handed on.
// CHECK-LABEL: func.func @main
// CHECK: scf.for %[[I:.*]] = {{.*}} iter_args(%[[ALL:.*]] = %{{.*}})
// CHECK: %[[ROW:.*]] = tensor.extract_slice %[[ALL]][%[[I]], 0] [1, 8] [1, 1]
// CHECK: %[[A:.*]] = {{.*}}call @map({{.*}}, %[[ROW]])
// CHECK: tensor.insert_slice %[[A]] into %[[ALL]][%[[I]], 0] [1, 8] [1, 1]
func.func @main(%f: !rt.frame, %x: tensor<8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%all = %y) -> tensor<4x8xf32> {
    %e = tensor.empty() : tensor<8xf32>
    %a = func.call @map(%f, %x, %e) : (!rt.frame, tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %0 = tensor.insert_slice %a into %all[%i, 0] [1, 8] [1, 1] : tensor<8xf32> into tensor<4x8xf32>
    scf.yield %0 : tensor<4x8xf32>
  }
  return %r : tensor<4x8xf32>
}
func.func private @map(%f: !rt.frame, %x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
  return %out : tensor<8xf32>
}

// -----

// A part of a part is one slice of the whole.
// CHECK-LABEL: func.func @main
// CHECK: memref.subview %{{.*}}[12] [4] [1] : memref<16xf32> to memref<4xf32, strided<[1], offset: 12>>
// CHECK-NOT: memref<8xf32{{.*}} to memref<4xf32
// CHECK: return
func.func @main(%f: !rt.frame, %x: tensor<4xf32>) -> tensor<16xf32> {
  %e = tensor.empty() : tensor<16xf32>
  %e0 = tensor.empty() : tensor<8xf32>
  %e1 = tensor.empty() : tensor<4xf32>
  %e2 = tensor.empty() : tensor<4xf32>
  %e3 = tensor.empty() : tensor<8xf32>
  %a = call @map(%f, %x, %e1) : (!rt.frame, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %b = call @map(%f, %x, %e2) : (!rt.frame, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %c = call @twice(%f, %x, %e3) : (!rt.frame, tensor<4xf32>, tensor<8xf32>) -> tensor<8xf32>
  %0 = tensor.insert_slice %a into %e0[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %1 = tensor.insert_slice %b into %0[4] [4] [1] : tensor<4xf32> into tensor<8xf32>
  %2 = tensor.insert_slice %c into %e[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
  %3 = tensor.insert_slice %1 into %2[8] [8] [1] : tensor<8xf32> into tensor<16xf32>
  return %3 : tensor<16xf32>
}
func.func private @map(%f: !rt.frame, %x: tensor<4xf32>, %out: tensor<4xf32>) -> tensor<4xf32> {
  return %out : tensor<4xf32>
}
func.func private @twice(%f: !rt.frame, %x: tensor<4xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
  return %out : tensor<8xf32>
}
