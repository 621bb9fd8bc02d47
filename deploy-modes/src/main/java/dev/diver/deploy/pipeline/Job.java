package dev.diver.deploy.pipeline;

import java.util.List;

/**
 * Something that the planner places: it holds its cores and memory from its start to its end.
 *
 * @param cores how many
 * @param named some of them, or all, by their places on the machine; any will do for the others
 * @param memory in bytes
 * @param millis how long, zero or more
 * @param after numbers of the jobs that end before it starts
 */
public record Job(int cores, List<Integer> named, long memory, long millis, List<Integer> after) {

  public Job {
    named = List.copyOf(named);
    after = List.copyOf(after);
    if (cores < 0 || memory < 0 || millis < 0 || named.size() > cores) {
      throw new IllegalArgumentException(cores + " cores, " + named + ", " + millis + " ms");
    }
  }
}
