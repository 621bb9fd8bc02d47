package dev.diver.deploy.delegation;

import dev.diver.deploy.machine.Json;
import dev.diver.kernels.failure.Failure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * What the calibration program printed, in nanoseconds, less what reading the clock takes.
 *
 * @param series the trials of each
 */
record Timings(Map<Series, double[]> series) {

  /**
   * One thing that was timed.
   *
   * @param name of the call, or of what else was timed
   * @param bytes of payload
   */
  record Series(String name, long bytes) {}

  /** More than the program prints for the largest number of trials, in bytes. */
  static final int MAX_OUTPUT = 32 << 20;

  static final int MAX_TRIALS = 100_000;

  private static final int VERSION = 1;
  private static final long LEAST_HZ = 1_000_000;
  private static final long MOST_HZ = 1_000_000_000_000L;
  private static final long MOST_BYTES = 1L << 30;
  private static final long MOST_TICKS = 0xffffffffL;
  private static final int MOST_SERIES = 200;
  static final Series EMPTY = new Series("empty", 0);

  /** How the trials of a series spread; empty where it was not timed. */
  Optional<Spread> find(Series one) {
    return Optional.ofNullable(series.get(one)).map(Spread::of);
  }

  /**
   * How the trials of a series spread.
   *
   * @throws dev.diver.kernels.failure.DiverException FAILED where it was not timed
   */
  Spread spread(Series one) {
    return find(one)
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.FAILED,
                        "The calibration program did not time " + one.name() + " in every run.",
                        "Measure once more; if it happens again, report it as a defect of Diver.")
                    .exception());
  }

  /** How many trials the series has; 0 where it was not timed. */
  int trials(Series one) {
    double[] nanos = series.get(one);
    return nanos == null ? 0 : nanos.length;
  }

  /** The series of this name, in the order in which they were timed. */
  List<Series> named(String name) {
    return series.keySet().stream().filter(s -> s.name().equals(name)).toList();
  }

  /**
   * Reads the program's output, for which nobody vouches.
   *
   * @param where it ran, for the message
   * @throws dev.diver.kernels.failure.DiverException FAILED where it is not whole
   */
  static Timings parse(byte[] output, String where) {
    Reader reader = new Reader();
    int start = 0;
    for (int i = 0; i < output.length; i++) {
      if (output[i] == '\n') {
        if (!reader.take(Json.object(output, start, i - start))) {
          throw garbage(reader.lines, where);
        }
        start = i + 1;
      }
    }
    if (!reader.ended || start != output.length) {
      throw garbage(reader.lines + 1, where);
    }
    return new Timings(reader.nanos());
  }

  private static RuntimeException garbage(int line, String where) {
    return new Failure(
            Failure.Kind.FAILED,
            "Line " + line + " of what the calibration program printed " + where + " is damaged.",
            "Measure once more; if it happens again, report it as a defect of Diver.")
        .exception();
  }

  /** Takes one line after the other. */
  private static final class Reader {
    private final Map<Series, long[]> ticks = new LinkedHashMap<>();
    private double nanosPerTick;
    private boolean ended;
    private int lines;

    boolean take(Optional<Map<String, Object>> line) {
      lines++;
      if (line.isEmpty() || ended) {
        return false;
      }
      Map<String, Object> object = line.get();
      if (lines == 1) {
        return head(object);
      }
      ended = Boolean.TRUE.equals(object.get("end")) && ticks.containsKey(EMPTY);
      return ended || oneMore(object);
    }

    private boolean head(Map<String, Object> object) {
      Optional<Long> hz = Json.number(object, "tsc_hz", LEAST_HZ, MOST_HZ);
      nanosPerTick = 1e9 / hz.orElse(1L);
      return hz.isPresent()
          && Json.text(object, "program").equals(Optional.of("calibrate"))
          && Json.number(object, "version").equals(Optional.of((long) VERSION));
    }

    private boolean oneMore(Map<String, Object> object) {
      Optional<String> name = Json.text(object, "series").filter(n -> n.matches("[a-z_]{1,40}"));
      Optional<Long> bytes = Json.number(object, "bytes", 0, MOST_BYTES);
      List<?> trials = Json.array(object, "ticks");
      if (name.isEmpty() || bytes.isEmpty() || trials.isEmpty() || trials.size() > MAX_TRIALS) {
        return false;
      }
      if (!trials.stream().allMatch(t -> t instanceof Long n && n >= 0 && n <= MOST_TICKS)) {
        return false;
      }
      long[] numbers = trials.stream().mapToLong(t -> (Long) t).toArray();
      return ticks.size() < MOST_SERIES
          && ticks.put(new Series(name.get(), bytes.get()), numbers) == null;
    }

    Map<Series, double[]> nanos() {
      long[] readings = ticks.getOrDefault(EMPTY, new long[0]);
      long clock = LongStream.of(readings).min().orElse(0);
      Map<Series, double[]> nanos = new LinkedHashMap<>();
      for (Map.Entry<Series, long[]> one : ticks.entrySet()) {
        double[] times = new double[one.getValue().length];
        for (int i = 0; i < times.length; i++) {
          times[i] = Math.max(0, one.getValue()[i] - clock) * nanosPerTick;
        }
        nanos.put(one.getKey(), times);
      }
      return nanos;
    }
  }
}
