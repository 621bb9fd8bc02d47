package dev.diver.deploy.slurm;

import dev.diver.deploy.pipeline.LastLines;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A gang whose job Slurm has, and how far it is as its files tell. One thread has it. */
final class SubmittedGang {

  final List<Integer> tasks;
  final String job;
  final Growing events;
  final Map<Integer, Integer> statuses = new HashMap<>();
  final List<GangEvent.Ended> untold = new ArrayList<>();
  Optional<Integer> failed = Optional.empty();
  Instant began = Instant.EPOCH;
  Optional<LostJob> trouble = Optional.empty();
  boolean hasBegun;
  boolean isCancelled;
  boolean isOver;

  /** Whether it is expected to begin, be it once more. */
  boolean isToBegin = true;

  /** Its own last word, where Slurm may know more. */
  Optional<LastWord> said = Optional.empty();

  /** When Slurm was first seen to have done with it, in nanoseconds. */
  Optional<Long> gone = Optional.empty();

  /** A status, and when it was heard, in nanoseconds. */
  record LastWord(int status, long at) {}

  private final Map<Integer, Growing> outputs = new HashMap<>();
  private final Map<Integer, Growing> errors = new HashMap<>();
  private final Map<Integer, LastLines> lastLines = new HashMap<>();

  SubmittedGang(List<Integer> tasks, String job, SlurmFolder folder) {
    this.tasks = tasks;
    this.job = job;
    this.events = new Growing(folder.events(tasks.getFirst()));
    for (int task : tasks) {
      outputs.put(task, new Growing(folder.out(task)));
      errors.put(task, new Growing(folder.err(task)));
      lastLines.put(task, new LastLines());
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
    LastLines kept = Optional.ofNullable(lastLines.get(task)).orElseThrow();
    lines.forEach(kept::add);
    return lines;
  }

  List<String> lastLines(int task) {
    return Optional.ofNullable(lastLines.get(task)).orElseThrow().kept();
  }

  /** A try has begun. */
  void begin(GangEvent.Began event) {
    forget();
    hasBegun = true;
    isToBegin = false;
    began = Instant.ofEpochMilli(event.at());
  }

  /** Slurm has taken it from its node, and will begin another try. */
  void queueAgain() {
    forget();
    isToBegin = true;
  }

  /** What the try came to counts no more. */
  private void forget() {
    statuses.clear();
    untold.clear();
    failed = Optional.empty();
    said = Optional.empty();
    gone = Optional.empty();
  }

  /** Takes note of a task's end. */
  void end(GangEvent.Ended ended) {
    statuses.put(ended.task(), ended.status());
    if (ended.status() != 0 && !ended.stopped() && failed.isEmpty()) {
      failed = Optional.of(ended.task());
    }
  }

  /** No more comes: who has not told of its end has ended with this status, as the gang has. */
  void conclude(int status) {
    isOver = true;
    for (int task : tasks) {
      if (!statuses.containsKey(task)) {
        untold.add(new GangEvent.Ended(task, status, isCancelled, took().toMillis()));
        statuses.put(task, status);
      }
    }
    if (status != 0 && failed.isEmpty()) {
      failed = hit().map(GangEvent.Ended::task).or(() -> Optional.of(number()));
      // all were told to have ended well, and the job did not
      statuses.merge(failed.get(), status, (own, other) -> own == 0 ? other : own);
    }
  }

  /** The first task that is not told of, and has failed. */
  Optional<GangEvent.Ended> hit() {
    return untold.stream().filter(ended -> ended.status() != 0).findFirst();
  }

  /** How long the try has taken so far, by this machine's clock. */
  Duration took() {
    Duration took = Duration.between(began, Instant.now());
    return hasBegun && !took.isNegative() ? took : Duration.ZERO;
  }
}
