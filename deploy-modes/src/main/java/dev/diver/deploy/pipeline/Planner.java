package dev.diver.deploy.pipeline;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Packs jobs onto a machine's cores and memory, so that all have ended early. List schedules by
 * several rules, each improved by forward and backward passes (Li and Willis, "An iterative
 * scheduling technique for resource-constrained project scheduling", 1992), then a local search in
 * the order of the best. The search ends at the lower bound, or after a number of steps rather than
 * a time, so that the same workload has the same schedule everywhere.
 *
 * <p>Never longer than plain list scheduling in the order of the file, which is the first that is
 * tried.
 */
public final class Planner {

  /** Of {@link ListSchedule#steps}; about half a second. */
  private static final long MAX_STEPS = 5_000_000;

  /** Changes in a row that have brought nothing, after which more are not expected to. */
  private static final int MOST_IN_VAIN = 4000;

  private static final int PASSES = 4;
  private static final long SEED = 1;

  private final Workload workload;
  private final ListSchedule forward;
  private final ListSchedule backward;
  private final long lowerBound;
  private final SplittableRandom random = new SplittableRandom(SEED);

  private Schedule best = new Schedule(List.of(), Long.MAX_VALUE);
  private int[] bestOrder = new int[0];
  private boolean bestReserves;

  private Planner(Workload workload) {
    this.workload = workload;
    this.forward = new ListSchedule(workload, false);
    this.backward = new ListSchedule(workload, true);
    this.lowerBound = Bound.of(workload);
  }

  /** A short schedule of the workload. */
  public static Schedule plan(Workload workload) {
    Planner planner = new Planner(workload);
    planner.byRules();
    planner.bySearch();
    return planner.best;
  }

  /** Plain list scheduling in the order of the file, to compare with. */
  public static Schedule inFileOrder(Workload workload) {
    ListSchedule plain = new ListSchedule(workload, false);
    plain.run(IntStream.range(0, workload.jobs().size()).toArray(), false);
    return plain.schedule();
  }

  private boolean isDone() {
    return best.makespan() <= lowerBound || forward.steps() + backward.steps() >= MAX_STEPS;
  }

  private void byRules() {
    List<Job> jobs = workload.jobs();
    long[] tails = workload.tails();
    long[] behind = workBehind();
    long[] times = jobs.stream().mapToLong(Job::millis).toArray();
    long[] areas = jobs.stream().mapToLong(job -> job.cores() * job.millis()).toArray();
    long[] widths = jobs.stream().mapToLong(Job::cores).toArray();
    long[] none = new long[jobs.size()];
    for (long[] key : List.of(none, tails, behind, areas, widths, times)) {
      for (boolean reserve : new boolean[] {false, true}) {
        if (best.placed().isEmpty() || !isDone()) {
          improved(greatestFirst(key, tails), reserve);
        }
      }
    }
  }

  /** For each job, the work of all that has to wait for it and its own, in core-milliseconds. */
  private long[] workBehind() {
    List<Job> jobs = workload.jobs();
    List<List<Integer>> followers = workload.followers();
    BitSet[] behind = new BitSet[jobs.size()];
    long[] work = new long[jobs.size()];
    for (int job : workload.sorted().reversed()) {
      BitSet all = new BitSet();
      all.set(job);
      followers.get(job).forEach(follower -> all.or(behind[follower]));
      behind[job] = all;
      work[job] = all.stream().mapToLong(i -> jobs.get(i).cores() * jobs.get(i).millis()).sum();
    }
    return work;
  }

  /** By the key, then by the second; in the order of the file where the key is 0 everywhere. */
  private static int[] greatestFirst(long[] key, long[] second) {
    boolean inFileOrder = LongStream.of(key).allMatch(value -> value == 0);
    Comparator<Integer> byKey = Comparator.comparingLong(job -> -key[job]);
    Comparator<Integer> order = inFileOrder ? byKey : byKey.thenComparingLong(job -> -second[job]);
    return IntStream.range(0, key.length)
        .boxed()
        .sorted(order)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** A schedule in this order, and what passes over it in both directions make of it. */
  private void improved(int[] order, boolean reserve) {
    long last = tried(order, reserve);
    for (int pass = 0; pass < PASSES && !isDone(); pass++) {
      backward.run(latestFirst(forward.ends()), reserve);
      long makespan = tried(latestFirst(backward.ends()), reserve);
      if (makespan >= last) {
        return;
      }
      last = makespan;
    }
  }

  private long tried(int[] order, boolean reserve) {
    long makespan = forward.run(order, reserve);
    if (makespan < best.makespan()) {
      best = forward.schedule();
      bestOrder = order.clone();
      bestReserves = reserve;
    }
    return makespan;
  }

  private static int[] latestFirst(long[] ends) {
    return sorted(ends.length, job -> -ends[job]);
  }

  /** Changes the order a little, again and again, and goes on from what is no worse. */
  private void bySearch() {
    int[] order = bestOrder;
    boolean reserve = bestReserves;
    long makespan = best.makespan();
    int inVain = 0;
    while (order.length > 1 && inVain < MOST_IN_VAIN && !isDone()) {
      inVain++;
      int[] changed = random.nextInt(4) == 0 ? noisy(order) : moved(order);
      boolean reserves = random.nextInt(8) == 0 ? !reserve : reserve;
      long result = tried(changed, reserves);
      if (random.nextInt(8) == 0) {
        backward.run(latestFirst(forward.ends()), reserves);
        changed = latestFirst(backward.ends());
        result = tried(changed, reserves);
      }
      if (result <= makespan) {
        inVain = result < makespan ? 0 : inVain;
        order = changed;
        makespan = result;
        reserve = reserves;
      }
    }
  }

  /** A few jobs moved to other places. */
  private int[] moved(int[] order) {
    int[] changed = order.clone();
    for (int moves = 1 + random.nextInt(3); moves > 0; moves--) {
      int from = random.nextInt(changed.length);
      int to = random.nextInt(changed.length);
      int job = changed[from];
      if (from < to) {
        System.arraycopy(changed, from + 1, changed, from, to - from);
      } else {
        System.arraycopy(changed, to, changed, to + 1, from - to);
      }
      changed[to] = job;
    }
    return changed;
  }

  /** Each job moved by a little. */
  private int[] noisy(int[] order) {
    double[] keys = new double[order.length];
    double reach = order.length * (0.02 + 0.2 * random.nextDouble());
    for (int i = 0; i < order.length; i++) {
      keys[order[i]] = i + reach * random.nextDouble();
    }
    return sorted(order.length, job -> (long) (1000 * keys[job]));
  }

  /** Numbers by a key, the least first; those of the same key in their order. */
  private static int[] sorted(int count, IntToLongFunction key) {
    long[] numbered = new long[count]; // one array of values sorts ten times as fast as objects
    for (int i = 0; i < count; i++) {
      numbered[i] = key.applyAsLong(i) * count + i;
    }
    Arrays.sort(numbered);
    return LongStream.of(numbered).mapToInt(value -> Math.floorMod(value, count)).toArray();
  }
}
