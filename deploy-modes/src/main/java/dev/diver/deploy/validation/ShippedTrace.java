package dev.diver.deploy.validation;

import dev.diver.deploy.trace.Trace;
import dev.diver.deploy.trace.TraceJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Traces whose system calls the synthetic benchmark makes; recorded once, and kept as data. */
public enum ShippedTrace {
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

  /** The trace. */
  public Trace trace() {
    String name = title + ".trace.json";
    try (InputStream in = Objects.requireNonNull(ShippedTrace.class.getResourceAsStream(name))) {
      return TraceJson.read(in.readAllBytes(), name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
