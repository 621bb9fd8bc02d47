package dev.diver.cli.command;

import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.speedup.BreakEven;
import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What came of a sweep: as a table, as JSON, and as a chart. */
sealed interface SweepResult {

  /** Comma-separated values with a heading (RFC 4180). */
  String csv();

  Map<String, Object> tree();

  Chart chart();

  /** One parameter: a line for each program and system. */
  record Lines(SweepRange x, List<Double> xs, List<Line> lines) implements SweepResult {

    /** With more lines, their marks would cover each other. */
    private static final int MOST_MARKED = 4;

    @Override
    public String csv() {
      StringBuilder text = new StringBuilder(x.kind().column());
      lines.forEach(line -> text.append(',').append(quoted(line.name)));
      text.append('\n');
      for (int i = 0; i < xs.size(); i++) {
        text.append(xs.get(i));
        for (Line line : lines) {
          text.append(',').append(line.speedups.get(i));
        }
        text.append('\n');
      }
      return text.toString();
    }

    @Override
    public Map<String, Object> tree() {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put(x.kind().column(), xs);
      tree.put(
          "lines",
          lines.stream()
              .map(
                  line -> {
                    Map<String, Object> one = new LinkedHashMap<>();
                    one.put("name", line.name);
                    one.put("speedup", line.speedups);
                    one.put("breaks_even", SpeedupProject.value(line.breaksEven));
                    return one;
                  })
              .toList());
      return tree;
    }

    @Override
    public Chart chart() {
      List<Chart.Series> series = new ArrayList<>();
      List<Chart.Mark> marks = new ArrayList<>();
      for (Line line : lines) {
        List<Chart.Point> points = new ArrayList<>();
        for (int i = 0; i < xs.size(); i++) {
          points.add(new Chart.Point(x.kind().scaled(xs.get(i)), line.speedups.get(i)));
        }
        series.add(new Chart.Series(line.name, points));
        if (line.breaksEven instanceof BreakEven.At(double at)
            && x.contains(at)
            && lines.size() <= MOST_MARKED) {
          marks.add(
              new Chart.Mark(
                  new Chart.Point(x.kind().scaled(at), line.speedupThere), x.kind().words(at)));
        }
      }
      return new Chart.Lines(
          lines.size() == 1 ? "Speedup of " + lines.getFirst().name : "Speedup",
          x.axis(),
          new Chart.Axis("speedup", false),
          series,
          OptionalDouble.of(1),
          marks);
    }
  }

  /**
   * One line.
   *
   * @param breaksEven where the speedup is 1, as a value of the parameter; of a share, the last
   *     where it is at least 1
   * @param speedupThere the speedup at that point
   */
  record Line(String name, List<Double> speedups, BreakEven breaksEven, double speedupThere) {}

  /**
   * Two parameters.
   *
   * @param rows for each of {@code ys}, the speedup at each of {@code xs}
   * @param ones where the speedup is 1, in the units of the parameters
   */
  record Surface(
      String name,
      SweepRange x,
      List<Double> xs,
      SweepRange y,
      List<Double> ys,
      List<List<Double>> rows,
      List<Chart.Point> ones)
      implements SweepResult {

    @Override
    public String csv() {
      StringBuilder text = new StringBuilder();
      text.append(x.kind().column()).append(',').append(y.kind().column()).append(",speedup\n");
      for (int j = 0; j < ys.size(); j++) {
        for (int i = 0; i < xs.size(); i++) {
          text.append(xs.get(i)).append(',').append(ys.get(j)).append(',');
          text.append(rows.get(j).get(i)).append('\n');
        }
      }
      return text.toString();
    }

    @Override
    public Map<String, Object> tree() {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", name);
      tree.put("x", x.kind().column());
      tree.put("y", y.kind().column());
      tree.put(x.kind().column(), xs);
      tree.put(y.kind().column(), ys);
      tree.put("speedup", rows);
      tree.put("breaks_even", ones.stream().map(point -> List.of(point.x(), point.y())).toList());
      return tree;
    }

    @Override
    public Chart chart() {
      List<Chart.Point> scaled =
          ones.stream()
              .map(point -> new Chart.Point(x.kind().scaled(point.x()), y.kind().scaled(point.y())))
              .toList();
      return new Chart.Surface(
          "Speedup: " + name + (ones.isEmpty() ? "" : " (white line: 1)"),
          x.axis(),
          y.axis(),
          "speedup",
          xs.stream().map(value -> x.kind().scaled(value)).toList(),
          ys.stream().map(value -> y.kind().scaled(value)).toList(),
          rows,
          scaled.isEmpty() ? List.of() : List.of(new Chart.Series("1", scaled)));
    }
  }

  /** How often programs make their system calls, without a model (figure 6). */
  record Profiles(List<Profile> programs) implements SweepResult {

    @Override
    public String csv() {
      StringBuilder text = new StringBuilder("program,calls,share\n");
      for (Profile program : programs) {
        for (Chart.Point point : program.points) {
          text.append(quoted(program.name)).append(',').append(Math.round(point.x()));
          text.append(',').append(point.y()).append('\n');
        }
      }
      return text.toString();
    }

    @Override
    public Map<String, Object> tree() {
      Map<String, Object> tree = new LinkedHashMap<>();
      for (Profile program : programs) {
        tree.put(
            program.name,
            program.points.stream()
                .map(point -> Map.of("calls", Math.round(point.x()), "share", point.y()))
                .toList());
      }
      return tree;
    }

    @Override
    public Chart chart() {
      return new Chart.Lines(
          "System calls by how often they are made",
          new Chart.Axis("calls", true),
          new Chart.Axis("distinct system calls that are made so often at most (%)", false),
          programs.stream().map(one -> new Chart.Series(one.name, one.steps())).toList(),
          OptionalDouble.empty(),
          List.of());
    }
  }

  /**
   * One program's.
   *
   * @param points in ascending order: a number of calls, and which share of the program's distinct
   *     system calls is made so often at most
   */
  record Profile(String name, List<Chart.Point> points) {

    static Profile of(String name, Trace trace) {
      List<Long> calls = trace.syscalls().stream().map(SyscallUse::calls).sorted().toList();
      List<Chart.Point> points = new ArrayList<>();
      for (int i = 0; i < calls.size(); i++) {
        if (i + 1 == calls.size() || !calls.get(i).equals(calls.get(i + 1))) {
          points.add(new Chart.Point(calls.get(i), (i + 1.0) / calls.size()));
        }
      }
      return new Profile(name, points);
    }

    /** Up at each point, in percent. */
    private List<Chart.Point> steps() {
      List<Chart.Point> steps = new ArrayList<>();
      double before = 0;
      for (Chart.Point point : points) {
        steps.add(new Chart.Point(point.x(), before));
        before = 100 * point.y();
        steps.add(new Chart.Point(point.x(), before));
      }
      return steps;
    }
  }

  private static String quoted(String name) {
    return name.matches("[^\",\n]*") ? name : "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
