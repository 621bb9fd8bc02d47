package dev.diver.deploy.pipeline;

import java.util.List;

/**
 * What is written to feed an input.
 *
 * @param from outputs or files, as they are written
 * @param many whether it is a fan-in, which is written as a list: it gets all of {@code from}, one
 *     after another, each when it has ended
 */
public record Feed(List<String> from, boolean many) {

  public Feed {
    from = List.copyOf(from);
  }

  /** One output. */
  public static Feed one(String from) {
    return new Feed(List.of(from), false);
  }

  /** A fan-in. */
  public static Feed all(List<String> from) {
    return new Feed(from, true);
  }

  List<Source> sources() {
    return from.stream().map(Source::parse).toList();
  }
}
