package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.speedup.Sweep;
import dev.diver.deploy.speedup.Sweep.Over;
import java.util.List;

/**
 * What a sweep changes, as typed: {@code gain=1..10}, {@code round-trip=1ns..10s:log}.
 *
 * @param kind what changes
 * @param log whether its values are in equal ratios
 */
record SweepRange(Kind kind, double from, double to, boolean log) {

  /** What a sweep can change. */
  enum Kind {
    GAIN("gain", "gain", "gain γ", 1),
    ROUND_TRIP("round-trip", "round_trip_ns", "round trip 2·f_c (µs)", 1e-3),
    SHARE("share", "share", "share of the distinct system calls that is forwarded (%)", 100),
    SYSTEM_SHARE("system-share", "system_share", "share of system calls in the run, p (%)", 100);

    private final String typed;
    private final String column;
    private final String label;
    private final double scale;

    Kind(String typed, String column, String label, double scale) {
      this.typed = typed;
      this.column = column;
      this.label = label;
      this.scale = scale;
    }

    String typed() {
      return typed;
    }

    /** The heading of its column. */
    String column() {
      return column;
    }

    /** A value in the unit of charts. */
    double scaled(double value) {
      return scale * value;
    }

    /** A value as people read it. */
    String words(double value) {
      return switch (this) {
        case GAIN -> SpeedupProject.number(value);
        case ROUND_TRIP -> Quantity.nanos(value);
        case SHARE, SYSTEM_SHARE -> Quantity.percent(value);
      };
    }

    private double parse(String option, String text) {
      return switch (this) {
        case GAIN -> Amount.factor(option, text);
        case ROUND_TRIP -> Amount.nanos(option, text);
        case SHARE, SYSTEM_SHARE -> Amount.share(option, text);
      };
    }

    /** The parameter of the refined model. */
    Over over() {
      return switch (this) {
        case GAIN -> Over.GAIN;
        case ROUND_TRIP -> Over.ROUND_TRIP;
        case SHARE -> Over.SHARE;
        case SYSTEM_SHARE -> throw new IllegalStateException("a parameter of the naive model only");
      };
    }
  }

  static SweepRange parse(String option, String text) {
    String[] parts = text.split("=", 2);
    for (Kind kind : Kind.values()) {
      if (parts.length == 2 && kind.typed.equals(parts[0])) {
        return parse(option, kind, parts[1]);
      }
    }
    throw new UsageException(
        "\"" + text + "\" is not a range for " + option + ".",
        "Give gain=1..10, round-trip=1ns..10s:log, share=0..1 or, without a trace,"
            + " system-share=0..1.");
  }

  private static SweepRange parse(String option, Kind kind, String text) {
    boolean log = text.endsWith(":log");
    String plain = log ? text.substring(0, text.length() - ":log".length()) : text;
    String[] ends = plain.split("\\.\\.", 2);
    if (ends.length < 2) {
      throw new UsageException(
          "\"" + text + "\" has no end for " + option + ".", "Give two values, as in 1..10.");
    }
    double from = kind.parse(option, ends[0].equals("0") ? zero(kind) : ends[0]);
    double to = kind.parse(option, ends[1]);
    if (from >= to || (log && from == 0)) {
      throw new UsageException(
          "\"" + text + "\" does not ascend for " + option + ".",
          log
              ? "Begin above 0, and end higher; ratios have no 0."
              : "Begin lower than you end, as in 1..10.");
    }
    return new SweepRange(kind, from, to, log);
  }

  /** A 0 needs no unit. */
  private static String zero(Kind kind) {
    return kind == Kind.ROUND_TRIP ? "0ns" : "0";
  }

  List<Double> values(int points) {
    return Sweep.values(from, to, log, points);
  }

  boolean contains(double value) {
    return from <= value && value <= to;
  }

  Chart.Axis axis() {
    return new Chart.Axis(kind.label, log);
  }
}
