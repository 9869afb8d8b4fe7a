/*===- main.c - the runtime's unit test -----------------------------------===*/
#include "check.h"

int failures;

int main(void) {
  test_errors();
  test_list();
  test_memory();
  test_shares();
  test_texts();
  test_threads();
  test_weights();
  printf("runtime: %s\n", failures ? "FAILED" : "all claims hold");
  return failures != 0;
}
