package dev.diver.cli.output;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows under headings. Where the terminal is too narrow, the columns that may shrink end in an
 * ellipsis; in a pipe nothing is cut.
 */
public final class Table {

  private static final String GAP = "  ";
  private static final int LEAST_WIDTH = 8;

  private record Column(String heading, boolean right, boolean shrinks) {}

  private final List<Column> columns = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a column of text that is always shown whole. */
  public Table text(String heading) {
    return column(heading, false, false);
  }

  /** Adds a column of prose, cut where the terminal is too narrow. */
  public Table prose(String heading) {
    return column(heading, false, true);
  }

  /** Adds a column of numbers, aligned on their right. */
  public Table number(String heading) {
    return column(heading, true, false);
  }

  /** Adds a row: one cell for each column. */
  public Table row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns.size());
    }
    rows.add(Arrays.stream(cells).map(Plain::line).toList());
    return this;
  }

  private Table column(String heading, boolean right, boolean shrinks) {
    columns.add(new Column(heading, right, shrinks));
    return this;
  }

  /** The table as lines of at most this many columns, as far as its columns can shrink. */
  String render(int width, boolean color) {
    int[] widths = widths(width);
    StringBuilder text = new StringBuilder();
    List<String> headings = columns.stream().map(Column::heading).toList();
    text.append(Style.BOLD.of(line(headings, widths), color)).append('\n');
    rows.forEach(row -> text.append(line(row, widths)).append('\n'));
    return text.toString();
  }

  private int[] widths(int limit) {
    int[] widths = new int[columns.size()];
    int total = GAP.length() * (widths.length - 1);
    for (int i = 0; i < widths.length; i++) {
      widths[i] = length(columns.get(i).heading());
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], length(row.get(i)));
      }
      total += widths[i];
    }
    for (int i = 0; i < widths.length && total > limit; i++) {
      if (columns.get(i).shrinks()) {
        int shrunk = Math.max(Math.min(LEAST_WIDTH, widths[i]), widths[i] - (total - limit));
        total -= widths[i] - shrunk;
        widths[i] = shrunk;
      }
    }
    return widths;
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cut(cells.get(i), widths[i]);
      String padding = " ".repeat(widths[i] - length(cell));
      line.append(i == 0 ? "" : GAP)
          .append(columns.get(i).right() ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }

  private static String cut(String cell, int width) {
    return length(cell) <= width
        ? cell
        : cell.substring(0, cell.offsetByCodePoints(0, width - 1)) + "…";
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
