package dev.diver.deploy.pipeline;

import java.util.BitSet;
import java.util.List;

/**
 * What no schedule of a workload is shorter than. Beyond max(critical path, work / cores) it sees
 * the narrow places: whatever has to run between the end of one job and the start of another takes
 * at least its work divided by the cores, so that the parts before and after a barrier add up.
 */
final class Bound {

  /** For more jobs, all pairs of them would take longer than a better schedule is worth. */
  private static final int MOST_JOBS = 1000;

  private final Workload workload;
  private final List<Job> jobs;
  private final BitSet[] before;
  private final BitSet[] behind;

  private Bound(Workload workload) {
    this.workload = workload;
    this.jobs = workload.jobs();
    this.before = new BitSet[jobs.size()];
    this.behind = new BitSet[jobs.size()];
    List<List<Integer>> followers = workload.followers();
    List<Integer> sorted = workload.sorted();
    for (int job : sorted) {
      before[job] = closure(jobs.get(job).after(), before);
    }
    for (int job : sorted.reversed()) {
      behind[job] = closure(followers.get(job), behind);
    }
  }

  private static BitSet closure(List<Integer> next, BitSet[] known) {
    BitSet all = new BitSet();
    for (int job : next) {
      all.set(job);
      all.or(known[job]);
    }
    return all;
  }

  /** In milliseconds; at least {@link Workload#lowerBound}. */
  static long of(Workload workload) {
    long simple = workload.lowerBound();
    return workload.jobs().size() > MOST_JOBS
        ? simple
        : Math.max(simple, new Bound(workload).longest());
  }

  /** Over all jobs: when it can end at the earliest, and what has to run after that. */
  private long longest() {
    long[] earliest = new long[jobs.size()];
    long longest = 0;
    for (int job : workload.sorted()) {
      long start = spread(before[job]);
      for (int other = before[job].nextSetBit(0);
          other >= 0;
          other = before[job].nextSetBit(other + 1)) {
        BitSet between = (BitSet) before[job].clone();
        between.and(behind[other]);
        start = Math.max(start, earliest[other] + jobs.get(other).millis() + spread(between));
      }
      earliest[job] = start;
      longest = Math.max(longest, start + jobs.get(job).millis() + spread(behind[job]));
    }
    return longest;
  }

  /** The time that the work of these takes on all cores. */
  private long spread(BitSet some) {
    long work = some.stream().mapToLong(i -> jobs.get(i).cores() * jobs.get(i).millis()).sum();
    return Math.ceilDiv(work, workload.cores());
  }
}
