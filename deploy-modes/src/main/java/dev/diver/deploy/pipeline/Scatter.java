package dev.diver.deploy.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a stage is scattered over: it runs once for each item.
 *
 * @param items texts, or the numbers from 0 on
 * @param like the stage whose items it has, each run fed by the run of the same item; empty where
 *     it has items of its own
 */
public record Scatter(List<String> items, Optional<String> like) {

  public Scatter {
    items = List.copyOf(items);
  }

  /** Over a list. */
  public static Scatter over(List<String> items) {
    return new Scatter(items, Optional.empty());
  }

  /** Over the numbers from 0 on, so many. */
  public static Scatter over(int count) {
    return over(
        IntStream.range(0, Math.min(count, Pipeline.MOST_TASKS + 1))
            .mapToObj(String::valueOf)
            .toList());
  }

  /** As another stage. */
  public static Scatter like(String stage) {
    return new Scatter(List.of(), Optional.of(stage));
  }
}
