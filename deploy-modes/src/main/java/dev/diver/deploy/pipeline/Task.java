package dev.diver.deploy.pipeline;

import java.util.List;
import java.util.Optional;

/**
 * One run of a stage.
 *
 * @param name the stage's, and which of its runs it is where it is scattered, as in {@code
 *     solve[3]}
 * @param stage by its name
 * @param index of its item, from 0 on
 * @param item what it runs for; empty where the stage runs once
 * @param mode how it is deployed; empty for a command of this machine
 * @param cores of its own
 * @param named some of them, by their numbers
 * @param memory in bytes
 * @param estimate how long it is going to take
 * @param expected whether it runs where all before it succeeds
 */
public record Task(
    String name,
    String stage,
    int index,
    Optional<String> item,
    Optional<String> mode,
    int cores,
    List<Integer> named,
    long memory,
    Estimate estimate,
    boolean expected) {

  public Task {
    named = List.copyOf(named);
  }

  /** How long it is going to take, in milliseconds. */
  public long millis() {
    return estimate.millis();
  }

  Task with(Estimate other) {
    return new Task(name, stage, index, item, mode, cores, named, memory, other, expected);
  }
}
