package dev.diver.deploy.pipeline;

import java.util.List;

/**
 * When each job of a workload runs, and where.
 *
 * @param placed by the jobs' numbers
 * @param makespan from the first start to the last end, in milliseconds
 */
public record Schedule(List<Placed> placed, long makespan) {

  /**
   * A job's place.
   *
   * @param start in milliseconds
   * @param end in milliseconds
   * @param cores its own from start to end, by their places on the machine, ascending
   */
  public record Placed(long start, long end, List<Integer> cores) {
    public Placed {
      cores = List.copyOf(cores);
    }
  }

  public Schedule {
    placed = List.copyOf(placed);
  }
}
