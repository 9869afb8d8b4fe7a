// RUN: coil-opt %s -split-input-file -verify-diagnostics -structure-share-buffers | FileCheck %s

// A result that begins with an input, and is longer along one axis.
// CHECK-LABEL: func @append
// CHECK-SAME: coil.share = array<i64: 0, 1, 32>
func.func @append(%past: tensor<4x?x8xf32> {onnx.name = "past"}, %new: tensor<4x?x8xf32>, %p: index, %n: index)
    -> (tensor<4x?x8xf32> {coil.share = array<i64: 0, -1, 32>, onnx.name = "present"}) {
  %all = arith.addi %p, %n : index
  %e = tensor.empty(%all) : tensor<4x?x8xf32>
  %0 = tensor.insert_slice %past into %e[0, 0, 0] [4, %p, 8] [1, 1, 1] : tensor<4x?x8xf32> into tensor<4x?x8xf32>
  %1 = tensor.insert_slice %new into %0[0, %p, 0] [4, %n, 8] [1, 1, 1] : tensor<4x?x8xf32> into tensor<4x?x8xf32>
  return %1 : tensor<4x?x8xf32>
}

// -----

// New rows in a loop that changes the tensor it carries.
// CHECK-LABEL: func @loop
// CHECK-SAME: coil.share = array<i64: 0, 0, 32>
func.func @loop(%past: tensor<?x8xf32> {onnx.name = "past"}, %new: tensor<1x8xf32>, %p: index, %n: index)
    -> (tensor<?x8xf32> {coil.share = array<i64: 0, -1, 32>, onnx.name = "present"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %all = arith.addi %p, %n : index
  %e = tensor.empty(%all) : tensor<?x8xf32>
  %0 = tensor.insert_slice %past into %e[0, 0] [%p, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
  %1 = scf.for %i = %c0 to %n step %c1 iter_args(%t = %0) -> tensor<?x8xf32> {
    %at = arith.addi %p, %i : index
    %2 = tensor.insert_slice %new into %t[%at, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<?x8xf32>
    scf.yield %2 : tensor<?x8xf32>
  }
  return %1 : tensor<?x8xf32>
}

// -----

// Without a capacity both are as large: the run sees to it.
// CHECK-LABEL: func @state
// CHECK-SAME: coil.share = array<i64: 1, -1, 0>
func.func @state(%x: tensor<?xf32>, %h: tensor<?xf32> {onnx.name = "h"})
    -> (tensor<?xf32> {coil.share = array<i64: 1, -1, 0>, onnx.name = "hn"}) {
  return %x : tensor<?xf32>
}

// -----

func.func @behind(%past: tensor<3x8xf32> {onnx.name = "past"}, %new: tensor<1x8xf32>)
    -> (tensor<4x8xf32> {coil.share = array<i64: 0, -1, 32>, onnx.name = "present"}) {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = tensor.insert_slice %new into %e[0, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<4x8xf32>
  // expected-error@below {{output 'present' cannot share the buffer of input 'past': the input is not at its beginning}}
  %1 = tensor.insert_slice %past into %0[1, 0] [3, 8] [1, 1] : tensor<3x8xf32> into tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

func.func @corner(%past: tensor<3x7xf32> {onnx.name = "past"})
    -> (tensor<4x8xf32> {coil.share = array<i64: 0, -1, 32>, onnx.name = "present"}) {
  %e = tensor.empty() : tensor<4x8xf32>
  // expected-error@below {{output 'present' cannot share the buffer of input 'past': it grows along 2 dimensions, expected one}}
  %0 = tensor.insert_slice %past into %e[0, 0] [3, 7] [1, 1] : tensor<3x7xf32> into tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

func.func @types(%h: tensor<?xi32> {onnx.name = "h", onnx.type = tensor<?xui32>})
    -> (tensor<?xi32> {coil.share = array<i64: 0, -1, 0>, onnx.name = "y", onnx.type = tensor<?xsi32>}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %h, %c0 : tensor<?xi32>
  // expected-error@below {{output 'y' cannot share the buffer of input 'h': they are tensor<?xsi32> and tensor<?xui32>, expected one rank and element type}}
  %e = tensor.empty(%n) : tensor<?xi32>
  return %e : tensor<?xi32>
}
