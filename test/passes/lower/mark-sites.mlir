// RUN: coil-opt %s -lower-mark-sites | FileCheck %s

// Each call of the entry is a site, with the kernel and the nodes behind it, each named once.
// CHECK: coil.sites = {{\[}}["map_0", "relu_1"], ["map_0", "add_2, relu_2"], ["fill_1", ""]]
module {
  func.func private @map_0()
  func.func private @fill_1()

  // CHECK-LABEL: func.func @main(
  // CHECK-SAME: %[[F:.*]]: !rt.frame)
  func.func @main(%f: !rt.frame) {
    // CHECK-NEXT: rt.site %[[F]], 0
    // CHECK-NEXT: call @map_0
    // CHECK-NEXT: rt.site %[[F]], 1
    // CHECK-NEXT: call @map_0
    // CHECK-NEXT: rt.site %[[F]], 2
    // CHECK-NEXT: call @fill_1
    // The last site ends with the run.
    // CHECK-NEXT: rt.site %[[F]], -1
    // CHECK-NEXT: return
    call @map_0() : () -> () loc("relu_1")
    call @map_0() : () -> () loc(fused["add_2", fused["relu_2", "add_2"]])
    call @fill_1() : () -> () loc(unknown)
    return
  }

  // What is no entry has no frame to tell.
  // CHECK: func.func @other() {
  // CHECK-NEXT: call @map_0
  func.func @other() {
    call @map_0() : () -> ()
    return
  }
}
