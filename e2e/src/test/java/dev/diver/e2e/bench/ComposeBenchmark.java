package dev.diver.e2e.bench;

import dev.diver.deploy.pipeline.Planner;
import dev.diver.deploy.pipeline.Schedule;
import dev.diver.deploy.pipeline.SyntheticGraphs;
import dev.diver.deploy.pipeline.Workload;
import dev.diver.e2e.Expect;
import dev.diver.e2e.Shell;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.apache.commons.statistics.descriptive.Median;

/** What the planner of pipelines and the run promise. */
final class ComposeBenchmark {

  private static final int GRAPHS = 100;
  private static final long SEED = 1;

  private static final int CHAIN = 20;
  private static final int CHAIN_RUNS = 15;

  private final Shell shell;
  private final List<Row> rows;

  /** Adds its rows to these. */
  ComposeBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  /**
   * How long plans are and take.
   *
   * @param toBound makespans in parts of a bound
   * @param toPlain makespans in parts of those of plain list scheduling
   * @param seconds what planning took
   */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
  private record Plans(double[] toBound, double[] toPlain, double[] seconds) {

    static Plans of(Supplier<Workload> graphs, ToLongFunction<Workload> bound) {
      Plans plans = new Plans(new double[GRAPHS], new double[GRAPHS], new double[GRAPHS]);
      for (int i = 0; i < GRAPHS; i++) {
        Workload workload = graphs.get();
        long start = System.nanoTime();
        Schedule schedule = Planner.plan(workload);
        plans.seconds[i] = (System.nanoTime() - start) / 1e9;
        double makespan = schedule.makespan();
        plans.toBound[i] = makespan / bound.applyAsLong(workload);
        plans.toPlain[i] = makespan / Planner.inFileOrder(workload).makespan();
      }
      return plans;
    }
  }

  void run() throws Exception {
    chain();
    plans();
  }

  /** A chain of programs that do nothing: what is left is Diver's own, its start included. */
  private void chain() throws Exception {
    Shell there = shell.in(Files.createDirectories(shell.folder().resolve("chain")));
    StringBuilder toml = new StringBuilder();
    StringBuilder make = new StringBuilder(".PHONY: s0\ns0:\n\t@true\n");
    for (int i = 0; i < CHAIN; i++) {
      toml.append("[stages.s%d]\ncommand = [\"true\"]\n".formatted(i));
      if (i > 0) {
        toml.append("needs = [\"s%d\"]\n".formatted(i - 1));
        make.insert(0, ".PHONY: s%d\ns%d: s%d\n\t@true\n".formatted(i, i, i - 1));
      }
    }
    Files.writeString(there.folder().resolve("pipeline.toml"), toml);
    Files.writeString(there.folder().resolve("Makefile"), make);
    Pairs pairs =
        Pairs.measure(
            CHAIN_RUNS,
            () -> Expect.success(there.diver("compose", "run", "--quiet")),
            () -> Expect.success(there.run("make", "-s", "-j")));
    rows.add(
        new Row(
            "compose run of a chain of " + CHAIN + " programs that do nothing",
            "make -j of the same chain",
            String.format("%.0f ms / %.0f ms", pairs.ourMedian(), pairs.theirMedian()),
            pairs.ourMedian() - pairs.theirMedian(),
            "ms",
            200,
            false));
  }

  private void plans() {
    SyntheticGraphs graphs = new SyntheticGraphs(new SplittableRandom(SEED));
    Plans plans = Plans.of(graphs::next, Workload::lowerBound);
    String what = "makespan of " + GRAPHS + " random graphs, ";
    String bound = "max(critical path, work / cores)";
    row(what + "median", bound, median(plans.toBound), "x", 1.05);
    row(what + "worst", bound, worst(plans.toBound), "x", 1.3);
    row(what + "worst", "list scheduling in file order", worst(plans.toPlain), "x", 1);
    row("planning one of them, worst", "-", worst(plans.seconds), "s", 1);
    Plans barriers = Plans.of(graphs::nextWithBarriers, Workload::provenBound);
    row(
        "the same with barriers, worst",
        "sum of the bounds between them",
        worst(barriers.toBound),
        "x",
        1.3);
  }

  private void row(String what, String against, double figure, String unit, double goal) {
    String measured = String.format("%.3f %s", figure, unit);
    rows.add(new Row(what, against, measured, figure, unit, goal, false));
  }

  private static double median(double[] figures) {
    return Median.withDefaults().evaluate(figures);
  }

  private static double worst(double[] figures) {
    return Arrays.stream(figures).max().orElseThrow();
  }
}
