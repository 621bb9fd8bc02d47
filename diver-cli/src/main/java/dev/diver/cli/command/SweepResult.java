package dev.diver.cli.command;

import dev.diver.deploy.chart.Chart;
import dev.diver.deploy.speedup.BreakEven;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** What came of a sweep: lines or a surface, as a table, as JSON, and as a chart. */
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
          marks.add(new Chart.Mark(new Chart.Point(x.kind().scaled(at), 1), x.kind().words(at)));
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
          "Speedup: " + name + (ones.isEmpty() ? "" : " (white: 1)"),
          x.axis(),
          y.axis(),
          "speedup",
          xs.stream().map(value -> x.kind().scaled(value)).toList(),
          ys.stream().map(value -> y.kind().scaled(value)).toList(),
          rows,
          scaled.isEmpty() ? List.of() : List.of(new Chart.Series("1", scaled)));
    }
  }

  private static String quoted(String name) {
    return name.matches("[^\",\n]*") ? name : "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
