// RUN: coil-opt %s -split-input-file -verify-diagnostics

func.func @bytes(%f: !rt.frame) {
  // expected-error @+1 {{result #0 must be 1D memref of 8-bit signless integer values, but got 'memref<?xf32>'}}
  %x = rt.input %f, 0 : memref<?xf32>
  return
}

// -----

func.func @frame(%n: index) {
  // expected-note @-1 {{prior use here}}
  // expected-error @+1 {{expects different type than prior uses: '!rt.frame' vs 'index'}}
  rt.site %n, 0
  return
}

// -----

func.func @range(%f: !rt.frame, %n: index) {
  // expected-error @+1 {{expects a body of two indices, begin and end}}
  rt.parallel %f, %n grain %n {
  ^bb0(%begin: index):
  }
  return
}
