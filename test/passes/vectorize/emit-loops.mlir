// RUN: coil-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(vectorize-plan-loops,vectorize-emit-loops),canonicalize,cse)' | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// Lanes across the result: NEON's four; of the last vector only the lanes that stand for elements.
// CHECK-LABEL: func @across
// CHECK-SAME: (%[[X:.*]]: memref<23xf32>, %[[Y:.*]]: memref<23xf32>)
func.func @across(%x: memref<23xf32>, %y: memref<23xf32>) {
  // CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
  // CHECK-DAG: %[[C20:.*]] = arith.constant 20 : index
  // CHECK-DAG: %[[MASK:.*]] = arith.constant dense<[true, true, true, false]> : vector<4xi1>
  // CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[C20]] step %[[C4]]
  // CHECK:   %[[V:.*]] = vector.load %[[X]][%[[I]]] : memref<23xf32>, vector<4xf32>
  // CHECK:   %[[E:.*]] = math.exp %[[V]] : vector<4xf32>
  // CHECK:   vector.store %[[E]], %[[Y]][%[[I]]]
  // CHECK: vector.maskedload %[[X]][%[[C20]]], %[[MASK]]
  // CHECK: vector.maskedstore %[[Y]][%[[C20]]], %[[MASK]]
  // CHECK-NOT: linalg
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<23xf32>) outs(%y : memref<23xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// The lanes are those of the widest type in the body.
// CHECK-LABEL: func @widened
// CHECK: vector.load %{{.*}} : memref<64xi8>, vector<4xi8>
// CHECK: arith.sitofp %{{.*}} : vector<4xi8> to vector<4xf32>
func.func @widened(%x: memref<64xi8>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<64xi8>) outs(%y : memref<64xf32>) {
  ^bb0(%in: i8, %out: f32):
    %0 = arith.sitofp %in : i8 to f32
    linalg.yield %0 : f32
  }
  return
}

// A size that only a run knows: full vectors up to a multiple, then single elements.
// CHECK-LABEL: func @dynamic
// CHECK-SAME: (%[[X:.*]]: memref<?xf32>, %{{.*}}: memref<?xf32>)
func.func @dynamic(%x: memref<?xf32>, %y: memref<?xf32>) {
  // CHECK: %[[N:.*]] = memref.dim %[[X]],
  // CHECK: arith.remui %[[N]],
  // CHECK: scf.for
  // CHECK: vector.load {{.*}} vector<4xf32>
  // CHECK: scf.for %{{.*}} = %{{.*}} to %[[N]]
  // CHECK: memref.load
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// What is read with gaps is read element by element.
// CHECK-LABEL: func @gaps
// CHECK-NOT: vector
// CHECK: return
func.func @gaps(%x: memref<64xf32, strided<[3]>>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<64xf32, strided<[3]>>) outs(%y : memref<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}

// The loop's own index may address a load in the body: a shifted vector.
// CHECK-LABEL: func @shifted
// CHECK-SAME: (%[[X:.*]]: memref<80xf32>, %[[N:.*]]: index, %{{.*}}: memref<64xf32>)
// CHECK: %[[AT:.*]] = arith.addi %{{.*}}, %[[N]]
// CHECK: vector.load %[[X]][%[[AT]]] : memref<80xf32>, vector<4xf32>
func.func @shifted(%x: memref<80xf32>, %n: index, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<64xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %at = arith.addi %i, %n : index
    %0 = memref.load %x[%at] : memref<80xf32>
    linalg.yield %0 : f32
  }
  return
}

// An index that is looked up may lead anywhere.
// CHECK-LABEL: func @lookup
// CHECK-NOT: vector
// CHECK: return
func.func @lookup(%x: memref<80xf32>, %at: memref<64xindex>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%at : memref<64xindex>) outs(%y : memref<64xf32>) {
  ^bb0(%i: index, %out: f32):
    %0 = memref.load %x[%i] : memref<80xf32>
    linalg.yield %0 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// A contraction keeps a tile of the result in registers over the whole sum,
// which starts from the fill's value and not from memory. Four terms at a time:
// of a row they are one vector.
// CHECK-LABEL: func @tile
// CHECK-SAME: (%[[A:.*]]: memref<20x32xf32>, %[[B:.*]]: memref<32x64xf32>, %[[C:.*]]: memref<20x64xf32>)
func.func @tile(%a: memref<20x32xf32>, %b: memref<32x64xf32>, %c: memref<20x64xf32>) {
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : vector<4xf32>
  // CHECK-DAG: %[[C32:.*]] = arith.constant 32 : index
  // CHECK-NOT: linalg.fill
  // CHECK-NOT: vector.load %[[C]]
  // CHECK: %[[SUMS:.*]]:20 = scf.for %[[K:.*]] = %{{.*}} to %[[C32]] step %{{.*}} iter_args(%{{.*}} = %[[ZERO]],
  // A column of B serves all rows, a term of A all columns.
  // CHECK:   vector.load %[[A]]
  // CHECK-NEXT: vector.extract
  // CHECK-COUNT-2: vector.load %[[B]]
  // CHECK-COUNT-9: vector.load %[[A]]
  // CHECK-COUNT-6: vector.load %[[B]]
  // CHECK-NOT: vector.load
  // CHECK: scf.yield
  // CHECK-COUNT-20: vector.store %{{.*}}, %[[C]]
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<20x64xf32>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<20x32xf32>, memref<32x64xf32>) outs(%c : memref<20x64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#panels = affine_map<(m, n, k) -> (n floordiv 8, k, n mod 8)>

// Packed data fixes the width of the tile; its last panel is read whole, and of
// the result only what there is is written.
// CHECK-LABEL: func @panels
// CHECK-SAME: (%[[A:.*]]: memref<2x32xf32>, %[[B:.*]]: memref<2x32x8xf32>, %[[C:.*]]: memref<2x11xf32>)
func.func @panels(%a: memref<2x32xf32>, %b: memref<2x32x8xf32>, %c: memref<2x11xf32>) {
  // CHECK-DAG: %[[MASK:.*]] = arith.constant dense<[true, true, true, false]> : vector<4xi1>
  // CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK-COUNT-8: vector.load %[[B]][%{{.*}}, %{{.*}}, %{{.*}}] : memref<2x32x8xf32>, vector<4xf32>
  // CHECK-COUNT-4: vector.store %{{.*}}, %[[C]]
  // CHECK: scf.for
  // CHECK: vector.load %[[B]][%[[C1]],
  // CHECK-COUNT-2: vector.maskedstore %[[C]]{{.*}}, %[[MASK]]
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<2x11xf32>)
  linalg.generic {indexing_maps = [#a, #panels, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<2x32xf32>, memref<2x32x8xf32>) outs(%c : memref<2x11xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

#ab = affine_map<(m, n) -> (m, n)>
#bias = affine_map<(m, n) -> (n)>

// What is done to the result of a sum is done on its registers: the buffer
// between them is gone.
// CHECK-LABEL: func @epilogue
// CHECK-SAME: %[[BIAS:[^:]*]]: memref<4xf32>, %[[D:[^:]*]]: memref<4x4xf32>)
// CHECK-NOT: memref.alloc
// CHECK: scf.for
// CHECK: scf.yield
// CHECK: vector.load %[[BIAS]]
// CHECK-COUNT-4: vector.store %{{.*}}, %[[D]]
func.func @epilogue(%a: memref<4x32xf32>, %b: memref<32x4xf32>, %bias: memref<4xf32>, %d: memref<4x4xf32>) {
  %c = memref.alloc() : memref<4x4xf32>
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<4x4xf32>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4x32xf32>, memref<32x4xf32>) outs(%c : memref<4x4xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#ab, #bias, #ab], iterator_types = ["parallel", "parallel"]}
      ins(%c, %bias : memref<4x4xf32>, memref<4xf32>) outs(%d : memref<4x4xf32>) {
  ^bb0(%in: f32, %in_1: f32, %out: f32):
    %0 = arith.addf %in, %in_1 : f32
    linalg.yield %0 : f32
  }
  return
}

// Without a fill the sum goes on from what memory holds.
// CHECK-LABEL: func @update
// CHECK-SAME: %[[C:[^:]*]]: memref<4x4xf32>)
// CHECK: vector.load %[[C]]
// CHECK: vector.store %{{.*}}, %[[C]]
func.func @update(%a: memref<4x32xf32>, %b: memref<32x4xf32>, %c: memref<4x4xf32>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4x32xf32>, memref<32x4xf32>) outs(%c : memref<4x4xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// Where only the sum is contiguous the lanes run along it, several sums in flight.
// CHECK-LABEL: func @along
// CHECK-SAME: (%[[X:.*]]: memref<3x64xf32>, %[[Y:.*]]: memref<3xf32>)
func.func @along(%x: memref<3x64xf32>, %y: memref<3xf32>) {
  // CHECK: %[[SUMS:.*]]:4 = scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
  // CHECK-COUNT-4: vector.load %[[X]]
  // CHECK: scf.yield
  // CHECK-COUNT-3: arith.addf %{{.*}} : vector<4xf32>
  // CHECK: vector.reduction <add>
  // CHECK: memref.store %{{.*}}, %[[Y]]
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<3xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x64xf32>) outs(%y : memref<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// A chain of differences has one order.
// CHECK-LABEL: func @ordered
// CHECK-NOT: vector
// CHECK: return
func.func @ordered(%x: memref<3x64xf32>, %y: memref<3xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x64xf32>) outs(%y : memref<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.subf %in, %out : f32
    linalg.yield %0 : f32
  }
  return
}

// A window shares its input between columns, as a convolution does.
// CHECK-LABEL: func @window
// CHECK-SAME: (%[[X:.*]]: memref<66xf32>, %[[W:.*]]: memref<3xf32>,
// CHECK: scf.for
// CHECK: memref.load %[[W]]
// CHECK: vector.load %[[X]]
func.func @window(%x: memref<66xf32>, %w: memref<3xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (i + k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : memref<66xf32>, memref<3xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%l: f32, %r: f32, %out: f32):
    %0 = arith.mulf %l, %r : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A kernel that has the frame shares its outermost loop among threads, if there is enough to do.
// CHECK-LABEL: func @shared
// CHECK-SAME: (%[[F:.*]]: !rt.frame,
// CHECK: rt.parallel %[[F]], %{{.*}} grain
// CHECK: ^bb0(%[[BEGIN:.*]]: index, %[[END:.*]]: index):
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: vector.store
func.func @shared(%f: !rt.frame, %x: memref<512x512xf32>, %y: memref<512x512xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<512x512xf32>) outs(%y : memref<512x512xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// Little is done by the thread that is there.
// CHECK-LABEL: func @little
// CHECK-NOT: rt.parallel
// CHECK: return
func.func @little(%f: !rt.frame, %x: memref<8x8xf32>, %y: memref<8x8xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x8xf32>) outs(%y : memref<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  return
}

// So is a sum into one element: its parts are not independent.
// CHECK-LABEL: func @total
// CHECK-NOT: rt.parallel
// CHECK: return
func.func @total(%f: !rt.frame, %x: memref<512x512xf32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [#id, affine_map<(d0, d1) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : memref<512x512xf32>) outs(%y : memref<f32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// The machine is an attribute of the module: AVX-512's sixteen lanes.
// CHECK-LABEL: module attributes
module attributes {coil.target = {vector_bytes = 64 : i64, vector_registers = 32 : i64}} {
  // CHECK: func.func @wide
  // CHECK: vector.load {{.*}} vector<16xf32>
  // CHECK-NOT: vector<4xf32>
  // CHECK: return
  func.func @wide(%x: memref<64xf32>, %y: memref<64xf32>) {
    linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
        ins(%x : memref<64xf32>) outs(%y : memref<64xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.negf %in : f32
      linalg.yield %0 : f32
    }
    return
  }
}

// -----

// Fewer registers, a smaller tile: 16 of AVX2 hold no 16 sums and their operands.
// CHECK-LABEL: module attributes
module attributes {coil.target = {vector_bytes = 32 : i64, vector_registers = 16 : i64}} {
  // CHECK: func.func @few
  // CHECK: %{{.*}}:[[SUMS:[0-9]|1[0-1]]] = scf.for {{.*}} vector<8xf32>
  func.func @few(%a: memref<16x32xf32>, %b: memref<32x64xf32>, %c: memref<16x64xf32>) {
    linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
                    iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : memref<16x32xf32>, memref<32x64xf32>) outs(%c : memref<16x64xf32>) {
    ^bb0(%l: f32, %r: f32, %out: f32):
      %0 = arith.mulf %l, %r : f32
      %1 = arith.addf %out, %0 : f32
      linalg.yield %1 : f32
    }
    return
  }
}

// -----

// A byte from a table: for all lanes at once.
// CHECK-LABEL: func @lookup
// CHECK-SAME: (%[[X:[^:]*]]: memref<32xi8>, %[[T:[^:]*]]: memref<256xi8>
// CHECK: %[[V:.*]] = vector.load %[[X]]
// CHECK: coil.lookup %[[T]], %[[V]] : memref<256xi8>, vector<16xi8>
func.func @lookup(%x: memref<32xi8>, %t: memref<256xi8>, %y: memref<32xi8>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%x : memref<32xi8>) outs(%y : memref<32xi8>) {
  ^bb0(%a: i8, %out: i8):
    %0 = arith.index_castui %a : i8 to index
    %1 = memref.load %t[%0] : memref<256xi8>
    linalg.yield %1 : i8
  }
  return
}

// -----

// Short sums of wide vectors: the lanes of eight are added up together, until one
// vector has them all; the two that are left likewise. A long one goes alone.
// CHECK-LABEL: func @short
// CHECK-SAME: (%[[X:.*]]: memref<10x32xf32>, %[[Y:.*]]: memref<10xf32>,
// CHECK-COUNT-16: vector.load %[[X]]
// CHECK-COUNT-8: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK-COUNT-6: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} [0, 2, 4, 6, 8, 10, 12, 14] : vector<16xf32>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} [1, 3, 5, 7, 9, 11, 13, 15] : vector<16xf32>, vector<16xf32>
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-8: memref.store %{{.*}}, %[[Y]]
// CHECK-COUNT-4: vector.load %[[X]]
// CHECK-COUNT-8: vector.shuffle
// CHECK-COUNT-2: memref.store %{{.*}}, %[[Y]]
// CHECK: vector.reduction <add>
// CHECK: return
module attributes {coil.target = {vector_bytes = 64, vector_registers = 32}} {
func.func @short(%x: memref<10x32xf32>, %y: memref<10xf32>, %l: memref<3x4096xf32>, %z: memref<3xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<10xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<10x32xf32>) outs(%y : memref<10xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%zero : f32) outs(%z : memref<3xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%l : memref<3x4096xf32>) outs(%z : memref<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  }
  return
}
}
