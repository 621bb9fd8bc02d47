package dev.diver.deploy.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.Locale;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.ui.RectangleInsets;

/** What all charts look like. */
final class Look {

  static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);

  /** Okabe and Ito's, which the colour-blind can tell apart ("Color Universal Design", 2008). */
  private static final Color[] COLORS = {
    new Color(0x0072B2), new Color(0xD55E00), new Color(0x009E73), new Color(0xCC79A7),
    new Color(0xE69F00), new Color(0x56B4E9), new Color(0x000000), new Color(0xB0A000),
  };

  static final Color GRID = new Color(0xDDDDDD);
  static final Color LEVEL = new Color(0x777777);

  /** A line, and a line after all colours were used once. */
  private static final float[][] DASHES = {{1, 0}, {8, 4}, {2, 3}};

  private Look() {}

  static Color color(int number) {
    return COLORS[number % COLORS.length];
  }

  static BasicStroke line(int number) {
    return stroke(2, DASHES[number / COLORS.length % DASHES.length]);
  }

  /** Under a line, a little to be seen on both sides of it. */
  static BasicStroke edge() {
    return stroke(4, DASHES[0]);
  }

  static BasicStroke dashed() {
    return stroke(1.2f, new float[] {6, 4});
  }

  private static BasicStroke stroke(float width, float[] dashes) {
    float[] visible = dashes[1] == 0 ? null : dashes;
    return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND, 1, visible, 0);
  }

  static ValueAxis axis(Chart.Axis axis) {
    ValueAxis drawn = axis.log() ? log(axis.label()) : linear(axis.label());
    drawn.setLabelFont(TEXT);
    drawn.setTickLabelFont(TEXT);
    return drawn;
  }

  private static ValueAxis linear(String label) {
    NumberAxis drawn = new NumberAxis(label);
    drawn.setAutoRangeIncludesZero(false);
    drawn.setLowerMargin(0.02);
    drawn.setUpperMargin(0.04);
    return drawn;
  }

  private static ValueAxis log(String label) {
    LogAxis drawn = new LogAxis(label);
    drawn.setTickUnit(new NumberTickUnit(1)); // each power of ten
    drawn.setMinorTickCount(9);
    drawn.setNumberFormatOverride(new Powers());
    drawn.setLowerMargin(0.01);
    drawn.setUpperMargin(0.01);
    return drawn;
  }

  static XYPlot plot(Chart.Axis x, Chart.Axis y) {
    XYPlot plot = new XYPlot();
    plot.setDomainAxis(axis(x));
    plot.setRangeAxis(axis(y));
    plot.setDomainGridlinePaint(GRID);
    plot.setRangeGridlinePaint(GRID);
    plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
    return plot;
  }

  static JFreeChart chart(String title, Plot plot, boolean legend) {
    plot.setBackgroundPaint(Color.WHITE);
    plot.setOutlinePaint(LEVEL);
    JFreeChart chart = new JFreeChart(title, TITLE, plot, legend);
    chart.setBackgroundPaint(Color.WHITE);
    chart.setPadding(new RectangleInsets(8, 8, 8, 16));
    if (chart.getLegend() != null) {
      chart.getLegend().setItemFont(TEXT);
      chart.getLegend().setFrame(BlockBorder.NONE);
    }
    return chart;
  }

  /** Powers of ten as people write them: 0.01, 1, 1000, 1e6. */
  private static final class Powers extends NumberFormat {
    @Override
    public StringBuffer format(double value, StringBuffer text, FieldPosition place) {
      boolean plain = value >= 0.000999 && value < 99_999;
      String written = String.format(Locale.ROOT, plain ? "%.3f" : "%.0e", value);
      String shortened =
          plain
              ? written.replaceFirst("\\.?0+$", "")
              : written.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-");
      return text.append(shortened);
    }

    @Override
    public StringBuffer format(long value, StringBuffer text, FieldPosition place) {
      return format((double) value, text, place);
    }

    @Override
    public Number parse(String text, ParsePosition place) {
      return Double.valueOf(text);
    }
  }
}
