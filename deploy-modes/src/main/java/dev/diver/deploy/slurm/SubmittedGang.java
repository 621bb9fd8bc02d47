package dev.diver.deploy.slurm;

import dev.diver.kernels.failure.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A gang whose job Slurm has, and how far it is as its files tell. One thread has it. */
final class SubmittedGang {

  private static final int KEPT_LINES = 10;

  final List<Integer> tasks;
  final String job;
  final Growing events;
  final Map<Integer, Integer> statuses = new HashMap<>();
  final List<GangEvent.Ended> untold = new ArrayList<>();
  Optional<Integer> failed = Optional.empty();
  Instant began = Instant.EPOCH;
  Optional<Failure> trouble = Optional.empty();
  boolean hasBegun;
  boolean isCancelled;
  boolean isOver;

  /** When Slurm was first seen to have done with it, in nanoseconds. */
  Optional<Long> gone = Optional.empty();

  private final Map<Integer, Growing> outputs = new HashMap<>();
  private final Map<Integer, Growing> errors = new HashMap<>();
  private final Map<Integer, Deque<String>> lastLines = new HashMap<>();

  SubmittedGang(List<Integer> tasks, String job, SlurmFolder folder) {
    this.tasks = tasks;
    this.job = job;
    this.events = new Growing(folder.events(tasks.getFirst()));
    for (int task : tasks) {
      outputs.put(task, new Growing(folder.out(task)));
      errors.put(task, new Growing(folder.err(task)));
      lastLines.put(task, new ArrayDeque<>());
    }
  }

  int number() {
    return tasks.getFirst();
  }

  /** Standard output that no stage reads. */
  Growing output(int task) {
    return Optional.ofNullable(outputs.get(task)).orElseThrow();
  }

  /** The lines that a task has newly written to standard error; all of them where it has ended. */
  List<String> said(int task, boolean last) {
    List<String> lines = Optional.ofNullable(errors.get(task)).orElseThrow().lines(last);
    Deque<String> kept = Optional.ofNullable(lastLines.get(task)).orElseThrow();
    lines.forEach(
        line -> {
          kept.add(line);
          if (kept.size() > KEPT_LINES) {
            kept.remove();
          }
        });
    return lines;
  }

  List<String> lastLines(int task) {
    return List.copyOf(Optional.ofNullable(lastLines.get(task)).orElseThrow());
  }

  /** A try has begun. */
  void begin(GangEvent.Began event) {
    hasBegun = true;
    began = Instant.ofEpochMilli(event.at());
    statuses.clear();
    untold.clear();
    failed = Optional.empty();
  }

  /** How long the try has taken so far, by this machine's clock. */
  Duration took() {
    Duration took = Duration.between(began, Instant.now());
    return hasBegun && !took.isNegative() ? took : Duration.ZERO;
  }
}
