package dev.diver.deploy.pipeline;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.TimeSpan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What happens while a pipeline runs. */
public sealed interface RunEvent {

  /**
   * A task has begun.
   *
   * @param attempt from 1 on
   * @param pid of its process
   * @param cores its own
   */
  record Started(String task, int attempt, long pid, List<Integer> cores) implements RunEvent {}

  /**
   * A task waits in the queue of a cluster.
   *
   * @param job by which the cluster knows it
   */
  record Submitted(String task, String job) implements RunEvent {}

  /**
   * A task has begun on a node of a cluster.
   *
   * @param attempt from 1 on
   * @param job by which the cluster knows it
   */
  record Dispatched(String task, int attempt, String job, String node) implements RunEvent {}

  /**
   * A cluster has taken a task from its node, and will begin it once more.
   *
   * @param job by which the cluster knows it
   */
  record Requeued(String task, String job) implements RunEvent {}

  /**
   * A task has ended.
   *
   * @param status 0 where it succeeded; 128 and the signal's number where one has killed it
   * @param stopped whether Diver has ended it, since another one has failed
   * @param took since it began
   * @param lines the last that it wrote to standard error
   * @param cause why, where its engine knows better than its status tells
   */
  record Ended(
      String task,
      int status,
      boolean stopped,
      Duration took,
      List<String> lines,
      Optional<Failure> cause)
      implements RunEvent {

    /** Of one whose status tells all. */
    public Ended(String task, int status, boolean stopped, Duration took, List<String> lines) {
      this(task, status, stopped, took, lines, Optional.empty());
    }
  }

  /**
   * A task is tried again, with those that streams join it to.
   *
   * @param left how many tries are left after this one
   */
  record Retried(String task, int left) implements RunEvent {}

  /** A task need not run, since it has succeeded in an earlier run and nothing has changed. */
  record Reused(String task) implements RunEvent {}

  /** A task will not run. */
  record Skipped(String task) implements RunEvent {}

  /**
   * Nothing can start before another process gives back cores.
   *
   * @param task the first that waits
   * @param cores that others have
   */
  record Waiting(String task, List<Integer> cores) implements RunEvent {}

  /**
   * The time of the pipeline is over, and all that runs is stopped.
   *
   * @param limit its timeout
   */
  record TimedOut(TimeSpan limit) implements RunEvent {}

  /**
   * What has gone through an edge by now.
   *
   * @param task whose output it is
   * @param to the task that reads it
   * @param bytes about how many, see docs/pipelines.md
   */
  record Carried(String task, String to, long bytes) implements RunEvent {}

  /** A task has written a line to standard output, which nobody reads. */
  record Printed(String task, String line) implements RunEvent {}

  /** A task has written a line to standard error. */
  record Said(String task, String line) implements RunEvent {}
}
