package dev.diver.deploy.validation;

/** Traces whose system calls the synthetic benchmark makes. */
enum ShippedTrace {
  /** Packing a file: many calls, nearly all of two kinds. */
  BZIP2("bzip2"),

  /** Factorizing a matrix: few calls, of many kinds. */
  COMPUTING("computing");

  private final String title;

  ShippedTrace(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }
}
