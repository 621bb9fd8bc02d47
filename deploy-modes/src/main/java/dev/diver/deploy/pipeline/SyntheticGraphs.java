package dev.diver.deploy.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Random workloads to measure the planner with, of the shapes that generators of task graphs make
 * (Canon, Héam and Philippe, "A comparison of random task graph generation methods for scheduling
 * problems", 2019): Erdős and Rényi's, layer by layer, forks and joins, and chains.
 *
 * <p>A machine of 2, 4, 8, 16 or 32 cores; 10 to 200 jobs; times from 1 to 100 s, each order of
 * magnitude as likely as the other; six in ten jobs take one core, the others 2, 4 and so on up to
 * half of the machine; for each core as much of the memory as its share at most.
 */
public final class SyntheticGraphs {

  private static final int LEAST_JOBS = 10;
  private static final int MOST_JOBS = 200;
  private static final long MEMORY = 1L << 36;

  private final RandomGenerator random;

  /** The same numbers give the same graphs. */
  public SyntheticGraphs(RandomGenerator random) {
    this.random = random;
  }

  /** The next, of any shape but a row of barriers. */
  public Workload next() {
    int cores = machine();
    int count = count();
    return workload(
        cores,
        switch (random.nextInt(4)) {
          case 0 -> byProbability(count);
          case 1 -> byLayers(count, cores);
          case 2 -> forksAndJoins(count);
          default -> chains(count);
        });
  }

  /**
   * The next row of forks and joins. Each join is a barrier, so that the bounds of the parts
   * between them add up: max(critical path, work / cores) of the whole is less than can be reached.
   */
  public Workload nextWithBarriers() {
    List<List<Integer>> after = new ArrayList<>();
    forksAndJoins(after, count());
    return workload(machine(), after);
  }

  private int machine() {
    return 2 << random.nextInt(5);
  }

  private int count() {
    return random.nextInt(LEAST_JOBS, MOST_JOBS + 1);
  }

  private Workload workload(int cores, List<List<Integer>> after) {
    return new Workload(cores, MEMORY, after.stream().map(waits -> job(cores, waits)).toList());
  }

  private Job job(int machine, List<Integer> after) {
    int cores = 1;
    if (random.nextInt(10) >= 6) {
      int most = Integer.numberOfTrailingZeros(machine) - 1; // half of the machine
      cores = 1 << random.nextInt(most + 1);
    }
    long memory = (long) (MEMORY * random.nextDouble() * cores / machine);
    long millis = (long) (1000 * Math.pow(100, random.nextDouble()));
    return new Job(cores, List.of(), memory, millis, after);
  }

  /** Each pair is joined with the same probability. */
  private List<List<Integer>> byProbability(int count) {
    double probability = 3.0 * random.nextDouble() / count;
    return graph(
        count,
        i -> IntStream.range(0, i).filter(_ -> random.nextDouble() < probability).boxed().toList());
  }

  /** Layers, each job of which waits for one to three of the layer before. */
  private List<List<Integer>> byLayers(int count, int cores) {
    int width = random.nextInt(2, 4 * cores + 1);
    return graph(
        count,
        i -> {
          int first = i / width * width;
          return first == 0
              ? List.of()
              : random.ints(random.nextInt(1, 4), first - width, first).distinct().boxed().toList();
        });
  }

  /** Rows of forks and joins side by side, as of pipelines that know nothing of each other. */
  private List<List<Integer>> forksAndJoins(int count) {
    List<List<Integer>> after = new ArrayList<>();
    int rows = random.nextInt(2, 7);
    for (int row = 1; row <= rows; row++) {
      forksAndJoins(after, count * row / rows);
    }
    return after;
  }

  /** One job, then many, then one that waits for all of them, and so on, until there are enough. */
  private void forksAndJoins(List<List<Integer>> after, int enough) {
    List<Integer> open = List.of();
    while (after.size() < enough) {
      int fork = after.size();
      after.add(open);
      int width = Math.min(random.nextInt(1, 65), enough - after.size());
      for (int i = 0; i < width; i++) {
        after.add(List.of(fork));
      }
      open = IntStream.range(fork + 1, after.size()).boxed().toList();
    }
  }

  /** Jobs that wait for one other each, in several chains. */
  private List<List<Integer>> chains(int count) {
    int chains = random.nextInt(1, count / 4 + 2);
    return graph(count, i -> i < chains ? List.of() : List.of(i - chains));
  }

  private static List<List<Integer>> graph(
      int count, java.util.function.IntFunction<List<Integer>> after) {
    return IntStream.range(0, count).mapToObj(after).toList();
  }
}
