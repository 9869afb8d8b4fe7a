// RUN: coil-opt %s -structure-fold-constants -split-input-file | FileCheck %s

#id1 = affine_map<(d0) -> (d0)>
#scalar = affine_map<(d0) -> ()>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#col = affine_map<(d0, d1) -> (d1)>

// Movement, whoever says it.
// CHECK-LABEL: func @moves
// CHECK-DAG: %[[T:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<3x2xf32>
// CHECK-DAG: %[[P:.*]] = arith.constant dense<{{\[\[}}9.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00], [9.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00]]> : tensor<2x4xf32>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<[4.000000e+00, 6.000000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[I:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 1.000000e+00, 3.000000e+00], [4.000000e+00, 2.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>
// CHECK-DAG: %[[J:.*]] = arith.constant dense<{{.*}}1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00]> : tensor<6xf32>
// CHECK-DAG: %[[C:.*]] = arith.constant dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00, 1.000000e+00], [4.000000e+00, 5.000000e+00, 6.000000e+00, 2.000000e+00]]> : tensor<2x4xf32>
// CHECK: return %[[T]], %[[P]], %[[S]], %[[I]], %[[J]], %[[C]]
func.func @moves() -> (tensor<3x2xf32>, tensor<2x4xf32>, tensor<2xf32>, tensor<2x3xf32>, tensor<6xf32>, tensor<2x4xf32>) {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %v = arith.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %nine = arith.constant 9.0 : f32
  %e = tensor.empty() : tensor<3x2xf32>
  %t = linalg.transpose ins(%w : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  %p = tensor.pad %w low[0, 1] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %nine : f32
  } : tensor<2x3xf32> to tensor<2x4xf32>
  %s = tensor.extract_slice %w[1, 0] [1, 2] [1, 2] : tensor<2x3xf32> to tensor<2xf32>
  %n = tensor.insert_slice %v into %w[0, 1] [2, 1] [1, 1] : tensor<2x1xf32> into tensor<2x3xf32>
  %j = tensor.collapse_shape %w [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>
  %c = tensor.concat dim(1) %w, %v : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  return %t, %p, %s, %n, %j, %c : tensor<3x2xf32>, tensor<2x4xf32>, tensor<2xf32>, tensor<2x3xf32>, tensor<6xf32>, tensor<2x4xf32>
}

// Packing fills up ragged tiles with its padding.
// CHECK-LABEL: func @pack
// CHECK: arith.constant dense<{{\[\[\[\[}}1, 3], [2, 4]], {{\[\[}}5, 0], [6, 0]]]]> : tensor<1x2x2x2xi8>
// CHECK: arith.constant dense<{{\[\[\[}}1, 3], [5, 0]], {{\[\[}}2, 4], [6, 0]]]> : tensor<2x2x2xi8>
// CHECK-NOT: linalg.pack
// CHECK: return
func.func @pack() -> (tensor<1x2x2x2xi8>, tensor<2x2x2xi8>) {
  %w = arith.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi8>
  %zero = arith.constant 0 : i8
  %e = tensor.empty() : tensor<1x2x2x2xi8>
  %0 = linalg.pack %w padding_value(%zero : i8) outer_dims_perm = [1, 0] inner_dims_pos = [1, 0] inner_tiles = [2, 2]
      into %e : tensor<3x2xi8> -> tensor<1x2x2x2xi8>
  %e1 = tensor.empty() : tensor<2x2x2xi8>
  %1 = linalg.pack %w padding_value(%zero : i8) outer_dims_perm = [1, 0] inner_dims_pos = [0] inner_tiles = [2]
      into %e1 : tensor<3x2xi8> -> tensor<2x2x2xi8>
  return %0, %1 : tensor<1x2x2x2xi8>, tensor<2x2x2xi8>
}

// Arithmetic of a normalization; steps on the way are no constants.
// CHECK-LABEL: func @normalization
// CHECK-SAME: -> tensor<2xf32>
// CHECK-NOT: tensor<2xf32>
// CHECK: %[[S:.*]] = arith.constant dense<[1.000000e+00, 3.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: return %[[S]]
func.func @normalization() -> tensor<2xf32> {
  %variance = arith.constant dense<[3.75, 0.0]> : tensor<2xf32>
  %scale = arith.constant dense<[2.0, 1.5]> : tensor<2xf32>
  %epsilon = arith.constant 0.25 : f32
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%variance : tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.addf %in, %epsilon : f32
    %2 = math.rsqrt %1 : f32
    linalg.yield %2 : f32
  } -> tensor<2xf32>
  %3 = linalg.generic {indexing_maps = [#id1, #id1, #id1], iterator_types = ["parallel"]}
      ins(%0, %scale : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%in: f32, %by: f32, %out: f32):
    %4 = arith.mulf %in, %by : f32
    linalg.yield %4 : f32
  } -> tensor<2xf32>
  return %3 : tensor<2xf32>
}

// The sum over an axis, in the width of the sum; over all.
// CHECK-LABEL: func @sums
// CHECK-DAG: %[[C:.*]] = arith.constant dense<[-28, 254]> : tensor<2xi32>
// CHECK-DAG: %[[A:.*]] = arith.constant dense<226> : tensor<i32>
// CHECK: return %[[C]], %[[A]]
func.func @sums() -> (tensor<2xi32>, tensor<i32>) {
  %w = arith.constant dense<[[100, 127], [-128, 127]]> : tensor<2x2xi8>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<2xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<2xi32>) -> tensor<2xi32>
  %0 = linalg.generic {indexing_maps = [#id, #col], iterator_types = ["reduction", "parallel"]}
      ins(%w : tensor<2x2xi8>) outs(%f : tensor<2xi32>) {
  ^bb0(%in: i8, %out: i32):
    %1 = arith.extsi %in : i8 to i32
    %2 = arith.addi %out, %1 : i32
    linalg.yield %2 : i32
  } -> tensor<2xi32>
  %e1 = tensor.empty() : tensor<i32>
  %f1 = linalg.fill ins(%zero : i32) outs(%e1 : tensor<i32>) -> tensor<i32>
  %3 = linalg.generic {indexing_maps = [#id1, #scalar], iterator_types = ["reduction"]}
      ins(%0 : tensor<2xi32>) outs(%f1 : tensor<i32>) {
  ^bb0(%in: i32, %out: i32):
    %4 = arith.addi %out, %in : i32
    linalg.yield %4 : i32
  } -> tensor<i32>
  return %0, %3 : tensor<2xi32>, tensor<i32>
}

// Floats are as exact as their type, unsigned numbers without sign.
// CHECK-LABEL: func @types
// CHECK-DAG: %[[H:.*]] = arith.constant dense<[2.048000e+03, 6.000000e+00]> : tensor<2xf16>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[2.000000e+00, 1.007810e+00]> : tensor<2xbf16>
// CHECK-DAG: %[[U:.*]] = arith.constant dense<[2.550000e+02, 1.000000e+00]> : tensor<2xf32>
// CHECK: return %[[H]], %[[B]], %[[U]]
func.func @types() -> (tensor<2xf16>, tensor<2xbf16>, tensor<2xf32>) {
  %h = arith.constant dense<[2048.0, 5.0]> : tensor<2xf16>
  %x = arith.constant dense<[1.998046875, 1.00586]> : tensor<2xf32>
  %n = arith.constant dense<[-1, 1]> : tensor<2xi8>
  %one = arith.constant 1.0 : f16
  %e = tensor.empty() : tensor<2xf16>
  %0 = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%h : tensor<2xf16>) outs(%e : tensor<2xf16>) {
  ^bb0(%in: f16, %out: f16):
    %1 = arith.addf %in, %one : f16
    linalg.yield %1 : f16
  } -> tensor<2xf16>
  %e1 = tensor.empty() : tensor<2xbf16>
  %2 = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%x : tensor<2xf32>) outs(%e1 : tensor<2xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %3 = arith.truncf %in : f32 to bf16
    linalg.yield %3 : bf16
  } -> tensor<2xbf16>
  %e2 = tensor.empty() : tensor<2xf32>
  %4 = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%n : tensor<2xi8>) outs(%e2 : tensor<2xf32>) {
  ^bb0(%in: i8, %out: f32):
    %5 = arith.uitofp %in : i8 to f32
    linalg.yield %5 : f32
  } -> tensor<2xf32>
  return %0, %2, %4 : tensor<2xf16>, tensor<2xbf16>, tensor<2xf32>
}

// A body may look up elements by index; where one lies outside, that is for the run to find.
// CHECK-LABEL: func @lookup
// CHECK: %[[R:.*]] = arith.constant dense<[3, 2, 1]> : tensor<3xi32>
// CHECK: %[[O:.*]] = linalg.generic
// CHECK: return %[[R]], %[[O]]
func.func @lookup() -> (tensor<3xi32>, tensor<3xi32>) {
  %w = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  %two = arith.constant 2 : index
  %four = arith.constant 4 : index
  %e = tensor.empty() : tensor<3xi32>
  %0 = linalg.generic {indexing_maps = [#id1], iterator_types = ["parallel"]} outs(%e : tensor<3xi32>) {
  ^bb0(%out: i32):
    %i = linalg.index 0 : index
    %at = arith.subi %two, %i : index
    %x = tensor.extract %w[%at] : tensor<3xi32>
    linalg.yield %x : i32
  } -> tensor<3xi32>
  %1 = linalg.generic {indexing_maps = [#id1], iterator_types = ["parallel"]} outs(%e : tensor<3xi32>) {
  ^bb0(%out: i32):
    %i = linalg.index 0 : index
    %at = arith.subi %four, %i : index
    %x = tensor.extract %w[%at] : tensor<3xi32>
    linalg.yield %x : i32
  } -> tensor<3xi32>
  return %0, %1 : tensor<3xi32>, tensor<3xi32>
}

// What is larger than what it is made of stays, unless it is a step on the way: here the
// floats of bytes, and their maximum in each row. So stays a fill.
// CHECK-LABEL: func @grows
// CHECK: %[[W:.*]] = arith.constant dense<3> : tensor<64x512xi8>
// CHECK: %[[D:.*]] = linalg.generic {{.*}} ins(%[[W]]
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: %[[M:.*]] = arith.constant dense<3.500000e+00> : tensor<64xf32>
// CHECK: return %[[D]], %[[M]], %[[F]]
func.func @grows() -> (tensor<64x512xf32>, tensor<64xf32>, tensor<64xf32>) {
  %w = arith.constant dense<3> : tensor<64x512xi8>
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %e = tensor.empty() : tensor<64x512xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<64x512xi8>) outs(%e : tensor<64x512xf32>) {
  ^bb0(%in: i8, %out: f32):
    %1 = arith.sitofp %in : i8 to f32
    linalg.yield %1 : f32
  } -> tensor<64x512xf32>
  %e2 = tensor.empty() : tensor<64x512xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<64x512xi8>) outs(%e2 : tensor<64x512xf32>) {
  ^bb0(%in: i8, %out: f32):
    %3 = arith.sitofp %in : i8 to f32
    %4 = arith.addf %3, %half : f32
    linalg.yield %4 : f32
  } -> tensor<64x512xf32>
  %e3 = tensor.empty() : tensor<64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e3 : tensor<64xf32>) -> tensor<64xf32>
  %5 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%2 : tensor<64x512xf32>) outs(%f : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %6 = arith.maximumf %in, %out : f32
    linalg.yield %6 : f32
  } -> tensor<64xf32>
  return %0, %5, %f : tensor<64x512xf32>, tensor<64xf32>, tensor<64xf32>
}

// What a run gives is left alone, and so is what has no meaning here.
// CHECK-LABEL: func @stays
// CHECK: linalg.transpose
// CHECK: linalg.generic
// CHECK: return
func.func @stays(%x: tensor<2x3xf32>) -> (tensor<3x2xf32>, tensor<2xf32>) {
  %w = arith.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = linalg.transpose ins(%x : tensor<2x3xf32>) outs(%e : tensor<3x2xf32>) permutation = [1, 0]
  %e1 = tensor.empty() : tensor<2xf32>
  %1 = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]}
      ins(%w : tensor<2xf32>) outs(%e1 : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %2 = math.acos %in : f32
    linalg.yield %2 : f32
  } -> tensor<2xf32>
  return %0, %1 : tensor<3x2xf32>, tensor<2xf32>
}

// -----

// A large result is a resource, called like the one that it was made of, which is gone; a
// reshape is of the same bytes.
// CHECK-LABEL: func @resource
// CHECK-DAG: %[[T:.*]] = arith.constant dense_resource<w_1> : tensor<2x80xf32>
// CHECK-DAG: %[[V:.*]] = arith.constant dense_resource<v> : tensor<160xf32>
// CHECK: return %[[T]], %[[V]]
// CHECK-NOT: w:
// CHECK-DAG: v: "0x04000000
// CHECK-DAG: w_1: "0x40000000
// CHECK-NOT: w:
func.func @resource() -> (tensor<2x80xf32>, tensor<160xf32>) {
  %w = arith.constant dense_resource<w> : tensor<80x2xf32>
  %v = arith.constant dense_resource<v> : tensor<80x2xf32>
  %e = tensor.empty() : tensor<2x80xf32>
  %0 = linalg.transpose ins(%w : tensor<80x2xf32>) outs(%e : tensor<2x80xf32>) permutation = [1, 0]
  %1 = tensor.collapse_shape %v [[0, 1]] : tensor<80x2xf32> into tensor<160xf32>
  return %0, %1 : tensor<2x80xf32>, tensor<160xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x04000000000000000000803f0000004000004040000080400000a0400000c0400000e0400000004100001041000020410000304100004041000050410000604100007041000080410000884100009041000098410000a0410000a8410000b0410000b8410000c0410000c8410000d0410000d8410000e0410000e8410000f0410000f84100000042000004420000084200000c4200001042000014420000184200001c4200002042000024420000284200002c4200003042000034420000384200003c4200004042000044420000484200004c4200005042000054420000584200005c4200006042000064420000684200006c4200007042000074420000784200007c42000080420000824200008442000086420000884200008a4200008c4200008e42000090420000924200009442000096420000984200009a4200009c4200009e420000a0420000a2420000a4420000a6420000a8420000aa420000ac420000ae420000b0420000b2420000b4420000b6420000b8420000ba420000bc420000be420000c0420000c2420000c4420000c6420000c8420000ca420000cc420000ce420000d0420000d2420000d4420000d6420000d8420000da420000dc420000de420000e0420000e2420000e4420000e6420000e8420000ea420000ec420000ee420000f0420000f2420000f4420000f6420000f8420000fa420000fc420000fe420000004300000143000002430000034300000443000005430000064300000743000008430000094300000a4300000b4300000c4300000d4300000e4300000f430000104300001143000012430000134300001443000015430000164300001743000018430000194300001a4300001b4300001c4300001d4300001e4300001f43",
      v: "0x04000000000000000000803f0000004000004040000080400000a0400000c0400000e0400000004100001041000020410000304100004041000050410000604100007041000080410000884100009041000098410000a0410000a8410000b0410000b8410000c0410000c8410000d0410000d8410000e0410000e8410000f0410000f84100000042000004420000084200000c4200001042000014420000184200001c4200002042000024420000284200002c4200003042000034420000384200003c4200004042000044420000484200004c4200005042000054420000584200005c4200006042000064420000684200006c4200007042000074420000784200007c42000080420000824200008442000086420000884200008a4200008c4200008e42000090420000924200009442000096420000984200009a4200009c4200009e420000a0420000a2420000a4420000a6420000a8420000aa420000ac420000ae420000b0420000b2420000b4420000b6420000b8420000ba420000bc420000be420000c0420000c2420000c4420000c6420000c8420000ca420000cc420000ce420000d0420000d2420000d4420000d6420000d8420000da420000dc420000de420000e0420000e2420000e4420000e6420000e8420000ea420000ec420000ee420000f0420000f2420000f4420000f6420000f8420000fa420000fc420000fe420000004300000143000002430000034300000443000005430000064300000743000008430000094300000a4300000b4300000c4300000d4300000e4300000f430000104300001143000012430000134300001443000015430000164300001743000018430000194300001a4300001b4300001c4300001d4300001e4300001f43"
    }
  }
#-}

// -----

#image = affine_map<(n, m, o, c, k) -> (n, c, o + k)>
#weight = affine_map<(n, m, o, c, k) -> (m, c, k)>
#sum = affine_map<(n, m, o, c, k) -> (n, m, o)>

// A window's weight is a constant, and no splat, even where it is one number all
// over; what is added up is none.
// CHECK-LABEL: func @weight
// CHECK: %[[W:.*]] = arith.constant dense_resource<
// CHECK: %[[F:.*]] = linalg.fill {{.*}} -> tensor<1x64x8xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[W]] : tensor<1x16x10xf32>, tensor<64x16x3xf32>) outs(%[[F]] :
func.func @weight(%x: tensor<1x16x10xf32>) -> tensor<1x64x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %ew = tensor.empty() : tensor<64x16x3xf32>
  %w = linalg.fill ins(%one : f32) outs(%ew : tensor<64x16x3xf32>) -> tensor<64x16x3xf32>
  %ey = tensor.empty() : tensor<1x64x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%ey : tensor<1x64x8xf32>) -> tensor<1x64x8xf32>
  %y = linalg.generic {indexing_maps = [#image, #weight, #sum], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x16x10xf32>, tensor<64x16x3xf32>) outs(%f : tensor<1x64x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x64x8xf32>
  return %y : tensor<1x64x8xf32>
}
