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

  /**
   * What takes up which rows, from when to when.
   *
   * @param x the time
   * @param y what the rows are
   * @param rows their names, the first one at the top
   * @param blocks what is in them
   */
  record Gantt(String title, Axis x, String y, List<String> rows, List<Block> blocks)
      implements Chart {
    public Gantt {
      rows = List.copyOf(rows);
      blocks = List.copyOf(blocks);
      int count = rows.size();
      if (blocks.stream().anyMatch(block -> block.row < 0 || block.row + block.height > count)) {
        throw new IllegalArgumentException("a block outside of " + count + " rows");
      }
    }
  }

  /**
   * Something that takes up rows for a time.
   *
   * @param name in it, where there is room
   * @param row the first one, from 0 on
   * @param height how many rows
   * @param from in the unit of the axis
   * @param to in the unit of the axis
   * @param color number of its colour
   * @param marked whether it stands out
   */
  record Block(
      String name, int row, int height, double from, double to, int color, boolean marked) {}

  /**
   * Nodes and arrows between them, free of cycles.
   *
   * @param nodes each in a few lines of text
   * @param arrows between them, by their numbers
   * @param kinds names of the kinds of arrows: full, thick, dashed
   */
  record Graph(String title, List<List<String>> nodes, List<Arrow> arrows, List<String> kinds)
      implements Chart {
    public Graph {
      nodes = nodes.stream().map(List::copyOf).toList();
      arrows = List.copyOf(arrows);
      kinds = List.copyOf(kinds);
    }
  }

  /**
   * An arrow.
   *
   * @param from number of a node
   * @param to number of a node
   * @param label beside it; may be empty
   * @param kind number of its kind, which says how it is drawn
   */
  record Arrow(int from, int to, String label, int kind) {}
}
