package dev.diver.deploy.chart;

import java.util.List;
import java.util.OptionalDouble;

/** What is drawn, as data. */
public sealed interface Chart {

  String title();

  /**
   * An axis.
   *
   * @param label with the unit, as in {@code round trip (µs)}
   * @param log whether equal ratios are equally far apart; all values are then more than 0
   */
  record Axis(String label, boolean log) {}

  /** One point. */
  record Point(double x, double y) {}

  /** Points in their order, joined by lines. */
  record Series(String name, List<Point> points) {
    public Series {
      points = List.copyOf(points);
    }
  }

  /** A point that stands out, with a few words. */
  record Mark(Point at, String words) {}

  /**
   * Lines over an axis of numbers.
   *
   * @param level a value of y that is drawn through, dashed
   * @param marks points that stand out
   */
  record Lines(
      String title, Axis x, Axis y, List<Series> series, OptionalDouble level, List<Mark> marks)
      implements Chart {
    public Lines {
      series = List.copyOf(series);
      marks = List.copyOf(marks);
    }
  }

  /**
   * Bars side by side.
   *
   * @param y what they measure
   * @param categories what there is a group of bars for
   * @param groups one for each series: its name, and a value for each category; NaN for none
   * @param level a value of y from which bars go up and down, drawn through; else they begin at 0
   */
  record Bars(
      String title, Axis y, List<String> categories, List<Group> groups, OptionalDouble level)
      implements Chart {
    public Bars {
      categories = List.copyOf(categories);
      groups = List.copyOf(groups);
      for (Group group : groups) {
        if (group.values.size() != categories.size()) {
          throw new IllegalArgumentException(group.name + ": " + group.values.size() + " values");
        }
      }
    }
  }

  /** The bars of one colour. */
  record Group(String name, List<Double> values) {
    public Group {
      values = List.copyOf(values);
    }
  }

  /**
   * A value over two axes, as colour.
   *
   * @param xs at least two, ascending; equally far apart on their axis
   * @param ys the same
   * @param value what the colour tells
   * @param rows for each of ys, a value for each of xs
   * @param lines over it, such as where the value is 1
   */
  record Surface(
      String title,
      Axis x,
      Axis y,
      String value,
      List<Double> xs,
      List<Double> ys,
      List<List<Double>> rows,
      List<Series> lines)
      implements Chart {
    public Surface {
      xs = List.copyOf(xs);
      ys = List.copyOf(ys);
      rows = rows.stream().map(List::copyOf).toList();
      lines = List.copyOf(lines);
      int width = xs.size();
      if (width < 2
          || ys.size() < 2
          || rows.size() != ys.size()
          || rows.stream().anyMatch(row -> row.size() != width)) {
        throw new IllegalArgumentException(rows.size() + " rows for " + ys.size());
      }
    }
  }
}
