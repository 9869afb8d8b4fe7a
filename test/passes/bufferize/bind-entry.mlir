// RUN: coil-opt %s -split-input-file -verify-diagnostics -bufferize-bind-entry | FileCheck %s
// RUN: coil-opt %s -split-input-file -verify-diagnostics -bufferize-bind-entry=direct=false | FileCheck %s --check-prefix=COPIED

// Inputs, weights and dynamic dimensions come from the frame; the kernel that
// makes a result writes it into the output's buffer.
// CHECK: module attributes {
// CHECK-SAME: coil.inputs = [{dims = ["batch", ""], name = "x", type = tensor<?x8xf32>}]
// CHECK-SAME: coil.outputs = [{dims = ["batch", ""], name = "y", type = tensor<?x8xf32>}]
// CHECK-SAME: coil.symbols = ["batch"]
// CHECK-SAME: coil.weight_bytes = 128 : i64
// CHECK-SAME: coil.weight_offsets = array<i64: 0, 64>
// CHECK-SAME: coil.weights = [dense<1.0{{.*}}> : tensor<8xf32>, dense<2.0{{.*}}> : tensor<3xf32>]
module {
  // CHECK-LABEL: func.func @main(
  // CHECK-SAME: %[[F:.*]]: !rt.frame) {
  // CHECK-DAG: %[[N:.*]] = rt.symbol %[[F]], 0
  // CHECK-DAG: %[[IN:.*]] = rt.input %[[F]], 0 : memref<?xi8>
  // CHECK-DAG: memref.view %[[IN]][%{{.*}}][%[[N]]] : memref<?xi8> to memref<?x8xf32>
  // CHECK-DAG: %[[W:.*]] = rt.weights %[[F]]
  // CHECK-DAG: %[[C64:.*]] = arith.constant 64 : index
  // CHECK-DAG: memref.view %[[W]][%[[C64]]][] : memref<?xi8> to memref<3xf32>
  // CHECK: %[[OUT:.*]] = rt.output %[[F]], 0(%[[N]], %{{.*}}) : memref<?xi8>
  // CHECK: %[[VIEW:.*]] = memref.view %[[OUT]]
  // CHECK: %[[Y:.*]] = bufferization.to_tensor %[[VIEW]] restrict writable
  // A kernel gets the frame too, for what it may run in parts.
  // CHECK: call @kernel(%[[F]], {{.*}}, %[[Y]])
  // CHECK-NEXT: return
  // COPIED-LABEL: func.func @main(
  // COPIED: %[[MADE:.*]] = call @kernel(
  // COPIED: %[[TO:.*]] = rt.output
  // COPIED: %[[OUT:.*]] = memref.view %[[TO]]
  // COPIED: materialize_in_destination %[[MADE]] in {{.*}}%[[OUT]]
  // COPIED-NEXT: return
  func.func @main(%x: tensor<?x8xf32> {onnx.name = "x", onnx.type = tensor<?x8xf32>, onnx.dims = ["batch", ""]})
      -> (tensor<?x8xf32> {onnx.name = "y", onnx.type = tensor<?x8xf32>, onnx.dims = ["batch", ""]}) {
    %n = coil.symbol "batch"
    %w = arith.constant dense<1.0> : tensor<8xf32>
    %v = arith.constant dense<2.0> : tensor<3xf32>
    // Equal constants have one place.
    %again = arith.constant dense<1.0> : tensor<8xf32>
    %e = tensor.empty(%n) : tensor<?x8xf32>
    %y = call @kernel(%x, %w, %v, %again, %e) : (tensor<?x8xf32>, tensor<8xf32>, tensor<3xf32>, tensor<8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
  // CHECK: func private @kernel(%{{.*}}: !rt.frame, %{{.*}}: tensor<?x8xf32>,
  func.func private @kernel(%x: tensor<?x8xf32>, %w: tensor<8xf32>, %v: tensor<3xf32>, %again: tensor<8xf32>, %out: tensor<?x8xf32>)
      -> tensor<?x8xf32> {
    return %out : tensor<?x8xf32>
  }
}

// -----

// A result that another op reads, and might go on writing, is kept to the end.
// CHECK-LABEL: func.func @main(
// CHECK: %[[OUT:.*]] = rt.output %{{.*}}, 0
// CHECK: %[[VIEW:.*]] = memref.view %[[OUT]]
// CHECK: %[[E:.*]] = bufferization.to_tensor %[[VIEW]] restrict writable
// CHECK: %[[Y:.*]] = call @kernel(%{{.*}}, %{{.*}}, %[[E]])
// CHECK: %[[Z:.*]] = tensor.insert %{{.*}} into %[[Y]]
// CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[VIEW]]
func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = [""]})
    -> (tensor<8xf32> {onnx.name = "y", onnx.type = tensor<8xf32>, onnx.dims = [""]},
        tensor<8xf32> {onnx.name = "z", onnx.type = tensor<8xf32>, onnx.dims = [""]}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %y = call @kernel(%x, %e) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %z = tensor.insert %zero into %y[%c0] : tensor<8xf32>
  return %y, %z : tensor<8xf32>, tensor<8xf32>
}
func.func private @kernel(%x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
  return %out : tensor<8xf32>
}

// -----

// A result that no kernel makes is copied: here an input, and one kernel's result twice.
module {
  // CHECK-LABEL: func.func @main(
  // CHECK: %[[X:.*]] = bufferization.to_tensor
  // CHECK: %[[Y:.*]] = call @kernel(%{{.*}}, %[[X]],
  // CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable
  // CHECK: bufferization.materialize_in_destination %[[X]] in restrict writable
  // CHECK: return
  func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = [""]})
      -> (tensor<8xf32> {onnx.name = "y", onnx.type = tensor<8xf32>, onnx.dims = [""]},
          tensor<8xf32> {onnx.name = "z", onnx.type = tensor<8xf32>, onnx.dims = [""]},
          tensor<8xf32> {onnx.name = "same", onnx.type = tensor<8xf32>, onnx.dims = [""]}) {
    %e = tensor.empty() : tensor<8xf32>
    %y = call @kernel(%x, %e) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    return %y, %y, %x : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  }
  func.func private @kernel(%x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
    return %out : tensor<8xf32>
  }
}

// -----

// A result that is put together from parts is put together in the output.
module {
  // CHECK-LABEL: func.func @main(
  // CHECK: %[[BYTES:.*]] = rt.output %{{.*}}, 0(
  // CHECK: %[[VIEW:.*]] = memref.view %[[BYTES]]
  // CHECK: %[[Y:.*]] = bufferization.to_tensor %[[VIEW]] restrict writable
  // CHECK: %[[SLICE:.*]] = tensor.extract_slice %[[Y]][8] [8] [1]
  // CHECK: %[[PART:.*]] = call @kernel(%{{.*}}, %{{.*}}, %[[SLICE]])
  // CHECK: tensor.insert_slice %{{.*}} into %[[Y]][0]
  // CHECK: %[[ALL:.*]] = tensor.insert_slice %[[PART]] into
  // CHECK: bufferization.materialize_in_destination %[[ALL]] in restrict writable %[[VIEW]]
  func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = [""]})
      -> (tensor<16xf32> {onnx.name = "y", onnx.type = tensor<16xf32>, onnx.dims = [""]}) {
    %e = tensor.empty() : tensor<16xf32>
    %slice = tensor.extract_slice %e[8] [8] [1] : tensor<16xf32> to tensor<8xf32>
    %part = call @kernel(%x, %slice) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    %0 = tensor.insert_slice %x into %e[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
    %1 = tensor.insert_slice %part into %0[8] [8] [1] : tensor<8xf32> into tensor<16xf32>
    return %1 : tensor<16xf32>
  }
  func.func private @kernel(%x: tensor<8xf32>, %out: tensor<8xf32>) -> tensor<8xf32> {
    return %out : tensor<8xf32>
  }
}

// -----

// Two results with an equal beginning, which folding has made one: neither may be put
// together in its output, where the beginning would be overwritten for the other.
module {
  // CHECK-LABEL: func.func @main(
  // CHECK-DAG: %[[E:.*]] = tensor.empty() : tensor<16xf32>
  // CHECK: %[[BOTH:.*]] = tensor.insert_slice %{{.*}} into %[[E]][0]
  // CHECK: tensor.insert_slice %{{.*}} into %[[BOTH]][8]
  // CHECK: tensor.insert_slice %{{.*}} into %[[BOTH]][8]
  func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = [""]},
                  %u: tensor<8xf32> {onnx.name = "u", onnx.type = tensor<8xf32>, onnx.dims = [""]})
      -> (tensor<16xf32> {onnx.name = "y", onnx.type = tensor<16xf32>, onnx.dims = [""]},
          tensor<16xf32> {onnx.name = "z", onnx.type = tensor<16xf32>, onnx.dims = [""]}) {
    %e = tensor.empty() : tensor<16xf32>
    %0 = tensor.insert_slice %x into %e[0] [8] [1] : tensor<8xf32> into tensor<16xf32>
    %1 = tensor.insert_slice %x into %0[8] [8] [1] : tensor<8xf32> into tensor<16xf32>
    %2 = tensor.insert_slice %u into %0[8] [8] [1] : tensor<8xf32> into tensor<16xf32>
    return %1, %2 : tensor<16xf32>, tensor<16xf32>
  }
}

// -----

// Draws are counted by the context.
module {
  // CHECK-LABEL: func.func @main(
  // CHECK-SAME: %[[F:.*]]: !rt.frame)
  // CHECK: %[[N:.*]] = rt.draw %[[F]]
  // CHECK: arith.cmpi sge, %[[N]]
  func.func @main() {
    %n = coil.draw
    %zero = arith.constant 0 : i64
    %ok = arith.cmpi sge, %n, %zero : i64
    coil.require %ok, "no"
    return
  }
}

// -----

// A demand on the data is made of the frame.
module {
  // CHECK-LABEL: func.func @main(
  // CHECK-SAME: %{{.*}}: !rt.frame)
  // CHECK: rt.require %{{.*}}, %{{.*}}, "node 'a': too long"
  func.func @main(%x: tensor<?xf32> {onnx.name = "x", onnx.type = tensor<?xf32>, onnx.dims = ["n"]}) {
    %n = coil.symbol "n"
    %c8 = arith.constant 8 : index
    %ok = arith.cmpi ule, %n, %c8 : index
    coil.require %ok, "node 'a': too long"
    return
  }
}

// -----

// expected-error @+1 {{the module has no function @main}}
module {
  func.func @other() { return }
}

// -----

// An entry that was written by hand says what an imported one does.
// expected-error @+1 {{argument 0 lacks onnx.name, onnx.type or onnx.dims}}
func.func @main(%x: tensor<8xf32> {onnx.name = "x"}) { return }

// -----

// expected-error @+1 {{argument 0 is not a ranked tensor, a sequence or an optional value}}
func.func @main(%x: i32) { return }

// -----

// expected-error @+1 {{argument 0 has shape and onnx.type that differ}}
func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<4xf32>, onnx.dims = [""]}) { return }

// -----

// expected-error @+1 {{argument 0 has 1 dimensions, expected a name or "" for each in onnx.dims}}
func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = []}) { return }

// -----

// expected-error @+1 {{argument 0 has a dynamic dimension without a name}}
func.func @main(%x: tensor<?xf32> {onnx.name = "x", onnx.type = tensor<?xf32>, onnx.dims = [""]}) { return }

// -----

// expected-error @+1 {{result 0 lacks onnx.name, onnx.type or onnx.dims}}
func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = [""]}) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}

// -----

// The frame holds tensors of rank 8, and no more.
// CHECK-LABEL: func @main
// CHECK: rt.input
func.func @main(%x: tensor<1x1x1x1x1x1x1x8xf32> {onnx.name = "x", onnx.type = tensor<1x1x1x1x1x1x1x8xf32>,
                                                 onnx.dims = ["", "", "", "", "", "", "", ""]})
    -> (tensor<1x1x1x1x1x1x1x8xf32> {onnx.name = "y", onnx.type = tensor<1x1x1x1x1x1x1x8xf32>,
                                     onnx.dims = ["", "", "", "", "", "", "", ""]}) {
  return %x : tensor<1x1x1x1x1x1x1x8xf32>
}

// -----

// expected-error @+1 {{argument 0 has rank 9, expected at most 8}}
func.func @main(%x: tensor<1x1x1x1x1x1x1x1x8xf32> {onnx.name = "x", onnx.type = tensor<1x1x1x1x1x1x1x1x8xf32>,
                                                   onnx.dims = ["", "", "", "", "", "", "", "", ""]}) { return }

// -----

// expected-error @+1 {{result 0 has rank 9, expected at most 8}}
func.func @main(%x: tensor<8xf32> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = [""]})
    -> (tensor<1x1x1x1x1x1x1x1x8xf32> {onnx.name = "y", onnx.type = tensor<1x1x1x1x1x1x1x1x8xf32>,
                                       onnx.dims = ["", "", "", "", "", "", "", "", ""]}) {
  %y = tensor.expand_shape %x [[0, 1, 2, 3, 4, 5, 6, 7, 8]] output_shape [1, 1, 1, 1, 1, 1, 1, 1, 8]
      : tensor<8xf32> into tensor<1x1x1x1x1x1x1x1x8xf32>
  return %y : tensor<1x1x1x1x1x1x1x1x8xf32>
}

// -----

// expected-error @+1 {{argument 0 has an onnx.type of another kind}}
func.func @main(%x: !coil.sequence<tensor<8xf32>> {onnx.name = "x", onnx.type = tensor<8xf32>, onnx.dims = []}) { return }

// -----

// An output that an input grows to: both are the first rows of one buffer, and the
// room is asked for before anything is written.
// CHECK: coil.shares = [array<i64: 0, 0, 0, 32>]
// CHECK-LABEL: func.func @main(
// CHECK: %[[IN:.*]] = rt.input %{{.*}}, 0
// CHECK: %[[ALL:.*]] = memref.view %[[IN]]{{.*}} to memref<32x8xf32>
// CHECK: %[[T:.*]] = bufferization.to_tensor %[[ALL]] restrict writable
// CHECK: rt.output %{{.*}}, 0(%[[N:.*]], %{{.*}})
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[T]][0, 0] [%[[N]], 8]
// CHECK: %[[PLACE:.*]] = memref.subview %[[ALL]][0, 0] [%[[N]], 8]
// CHECK: %[[Y:.*]] = tensor.insert_slice %{{.*}} into %[[ROWS]]
// CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[PLACE]]
module {
  func.func @main(%past: tensor<?x8xf32> {onnx.name = "past", onnx.type = tensor<?x8xf32>, onnx.dims = ["p", ""]},
                  %new: tensor<1x8xf32> {onnx.name = "new", onnx.type = tensor<1x8xf32>, onnx.dims = ["", ""]})
      -> (tensor<?x8xf32> {coil.share = array<i64: 0, 0, 32>, onnx.name = "present", onnx.type = tensor<?x8xf32>, onnx.dims = ["", ""]}) {
    %p = coil.symbol "p"
    %c1 = arith.constant 1 : index
    %n = arith.addi %p, %c1 : index
    %e = tensor.empty(%n) : tensor<?x8xf32>
    %0 = tensor.insert_slice %past into %e[0, 0] [%p, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
    %1 = tensor.insert_slice %new into %0[%p, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<?x8xf32>
    return %1 : tensor<?x8xf32>
  }
}

// -----

// What is another's buffer, too, is copied before that is written.
// CHECK-LABEL: func.func @main(
// CHECK: %[[B:.*]] = bufferization.alloc_tensor() copy(
// CHECK: %[[A:.*]] = bufferization.alloc_tensor() copy(
// CHECK: materialize_in_destination %[[B]]
// CHECK: materialize_in_destination %[[A]]
func.func @main(%a: tensor<8xf32> {onnx.name = "a", onnx.type = tensor<8xf32>, onnx.dims = [""]},
                %b: tensor<8xf32> {onnx.name = "b", onnx.type = tensor<8xf32>, onnx.dims = [""]})
    -> (tensor<8xf32> {coil.share = array<i64: 0, -1, 0>, onnx.name = "a2", onnx.type = tensor<8xf32>, onnx.dims = [""]},
        tensor<8xf32> {coil.share = array<i64: 1, -1, 0>, onnx.name = "b2", onnx.type = tensor<8xf32>, onnx.dims = [""]}) {
  return %b, %a : tensor<8xf32>, tensor<8xf32>
}
