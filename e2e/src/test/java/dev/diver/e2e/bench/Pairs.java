package dev.diver.e2e.bench;

import java.util.stream.IntStream;
import org.apache.commons.statistics.descriptive.Median;

/**
 * Wall times of two actions that took turns, so that a machine whose speed drifts slows both.
 *
 * @param ours milliseconds of each counted run
 * @param theirs milliseconds of each counted run, same length
 */
@SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
record Pairs(double[] ours, double[] theirs) {

  /** Something to be timed. */
  interface Action {
    void run() throws Exception;
  }

  /** Runs both {@code runs} times in turn, after one run of each that is not counted. */
  static Pairs measure(int runs, Action ours, Action theirs) throws Exception {
    Pairs pairs = new Pairs(new double[runs], new double[runs]);
    milliseconds(ours);
    milliseconds(theirs);
    for (int i = 0; i < runs; i++) {
      pairs.ours[i] = milliseconds(ours);
      pairs.theirs[i] = milliseconds(theirs);
    }
    return pairs;
  }

  double ourMedian() {
    return Median.withDefaults().evaluate(ours);
  }

  double theirMedian() {
    return Median.withDefaults().evaluate(theirs);
  }

  /** The median of the ratios pair by pair. */
  double ratio() {
    return Median.withDefaults()
        .evaluate(IntStream.range(0, ours.length).mapToDouble(i -> ours[i] / theirs[i]).toArray());
  }

  Row row(String what, String against, double goal) {
    return row(what, against, goal, false);
  }

  Row row(String what, String against, double goal, boolean alternative) {
    String measured = String.format("%.0f ms / %.0f ms", ourMedian(), theirMedian());
    return new Row(what, against, measured, ratio(), "x", goal, alternative);
  }

  private static double milliseconds(Action action) throws Exception {
    long start = System.nanoTime();
    action.run();
    return (System.nanoTime() - start) / 1e6;
  }
}
