package dev.diver.deploy.pipeline;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Jobs, and the machine that they share.
 *
 * @param cores of the machine
 * @param memory of the machine, in bytes
 * @param jobs by their numbers, in the order of the file; each fits on the empty machine, and their
 *     order is free of cycles
 */
public record Workload(int cores, long memory, List<Job> jobs) {

  public Workload {
    jobs = List.copyOf(jobs);
    for (Job job : jobs) {
      boolean fits =
          job.cores() <= cores
              && job.memory() <= memory
              && job.named().stream().allMatch(core -> core >= 0 && core < cores);
      if (!fits) {
        throw new IllegalArgumentException(job + " on " + cores + " cores, " + memory + " bytes");
      }
    }
  }

  /** For each job, the numbers of those that wait for it. */
  List<List<Integer>> followers() {
    List<List<Integer>> followers = new ArrayList<>();
    jobs.forEach(_ -> followers.add(new ArrayList<>()));
    for (int i = 0; i < jobs.size(); i++) {
      for (int before : jobs.get(i).after()) {
        followers.get(before).add(i);
      }
    }
    return followers;
  }

  /** The jobs, each after those that it waits for. */
  List<Integer> sorted() {
    int[] waiting = jobs.stream().mapToInt(job -> job.after().size()).toArray();
    List<List<Integer>> followers = followers();
    Deque<Integer> ready = new ArrayDeque<>();
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<Integer> sorted = new ArrayList<>();
    while (!ready.isEmpty()) {
      int job = ready.remove();
      sorted.add(job);
      for (int follower : followers.get(job)) {
        if (--waiting[follower] == 0) {
          ready.add(follower);
        }
      }
    }
    if (sorted.size() < jobs.size()) {
      throw new IllegalArgumentException("a cycle");
    }
    return sorted;
  }

  /** For each job, the time of the longest path that begins with it, in milliseconds. */
  long[] tails() {
    long[] tails = new long[jobs.size()];
    List<List<Integer>> followers = followers();
    for (int job : sorted().reversed()) {
      for (int follower : followers.get(job)) {
        tails[job] = Math.max(tails[job], tails[follower]);
      }
      tails[job] += jobs.get(job).millis();
    }
    return tails;
  }

  /** The time of the longest path, in milliseconds. */
  public long criticalMillis() {
    return Arrays.stream(tails()).max().orElse(0);
  }

  /** The jobs of a longest path, in their order. */
  public List<Integer> criticalPath() {
    long[] tails = tails();
    List<List<Integer>> followers = followers();
    List<Integer> path = new ArrayList<>();
    List<Integer> next = new ArrayList<>();
    for (int i = 0; i < tails.length; i++) {
      if (jobs.get(i).after().isEmpty()) {
        next.add(i);
      }
    }
    while (!next.isEmpty()) {
      int longest = next.getFirst();
      for (int candidate : next) {
        longest = tails[candidate] > tails[longest] ? candidate : longest;
      }
      path.add(longest);
      next = followers.get(longest);
    }
    return path;
  }

  /** All cores' busy time together, in core-milliseconds. */
  public long work() {
    return jobs.stream().mapToLong(job -> job.cores() * job.millis()).sum();
  }

  /** What no schedule is shorter than: max(critical path, work / cores), in milliseconds. */
  public long lowerBound() {
    return Math.max(criticalMillis(), Math.ceilDiv(work(), cores));
  }

  /**
   * At least the lower bound, and more where the graph has narrow places: no schedule is shorter,
   * in milliseconds.
   */
  public long provenBound() {
    return Bound.of(this);
  }
}
