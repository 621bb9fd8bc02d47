package dev.diver.deploy.chart;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYDataImageAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.PaintScale;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.PaintScaleLegend;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;

/**
 * A value over two axes, as colour. The values are one image with a pixel for each, which is drawn
 * in place: an SVG with an element for each would have tens of thousands of them.
 */
final class SurfaceDrawing {

  /** Viridis at equal steps: as bright as it is great, also in grey and to the colour-blind. */
  private static final int[] VIRIDIS = {
    0x440154, 0x482475, 0x414487, 0x355F8D, 0x2A788E, 0x21918C, 0x22A884, 0x44BF70, 0x7AD151,
    0xBDDF26, 0xFDE725,
  };

  private SurfaceDrawing() {}

  static JFreeChart of(Chart.Surface surface) {
    Colors colors = Colors.of(surface.rows());
    XYPlot plot = Look.plot(surface.x(), surface.y());
    plot.getDomainAxis().setRange(surface.xs().getFirst(), surface.xs().getLast());
    plot.getRangeAxis().setRange(surface.ys().getFirst(), surface.ys().getLast());
    double[] x = edges(surface.xs(), surface.x().log());
    double[] y = edges(surface.ys(), surface.y().log());
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.addAnnotation(
        new XYDataImageAnnotation(
            image(surface.rows(), colors), x[0], y[0], x[1] - x[0], y[1] - y[0], false),
        Layer.BACKGROUND);
    int lines = surface.lines().size();
    List<Chart.Series> twice = new ArrayList<>(surface.lines());
    twice.addAll(surface.lines()); // the later ones lie under: black edges, seen on yellow
    plot.setDataset(LinesDrawing.dataset(twice));
    for (int i = 0; i < lines; i++) {
      renderer.setSeriesPaint(i, Color.WHITE);
      renderer.setSeriesStroke(i, Look.line(8 * i)); // whole, dashed, dotted
      renderer.setSeriesPaint(lines + i, Color.BLACK);
      renderer.setSeriesStroke(lines + i, Look.edge());
    }
    plot.setRenderer(renderer);
    JFreeChart chart = Look.chart(surface.title(), plot, false);
    chart.addSubtitle(scale(colors, surface.value()));
    return chart;
  }

  private static PaintScaleLegend scale(Colors colors, String value) {
    NumberAxis axis = new NumberAxis(value);
    axis.setLabelFont(Look.TEXT);
    axis.setTickLabelFont(Look.TEXT);
    PaintScaleLegend legend = new PaintScaleLegend(colors, axis);
    legend.setPosition(RectangleEdge.RIGHT);
    legend.setStripWidth(16);
    legend.setSubdivisionCount(64);
    legend.setMargin(new RectangleInsets(40, 12, 56, 4));
    legend.setBackgroundPaint(Color.WHITE);
    return legend;
  }

  /** The outer edges of the first and the last pixel, half a step beyond their middles. */
  private static double[] edges(List<Double> values, boolean log) {
    double first = values.getFirst();
    double last = values.getLast();
    int steps = values.size() - 1;
    if (log) {
      double half = Math.pow(last / first, 0.5 / steps);
      return new double[] {first / half, last * half};
    }
    double half = (last - first) / steps / 2;
    return new double[] {first - half, last + half};
  }

  /** The first row of an image is its uppermost, that of the values their lowest. */
  private static BufferedImage image(List<List<Double>> rows, Colors colors) {
    int width = rows.getFirst().size();
    BufferedImage image = new BufferedImage(width, rows.size(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < rows.size(); y++) {
      List<Double> row = rows.get(rows.size() - 1 - y);
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, colors.getPaint(row.get(x)).getRGB());
      }
    }
    return image;
  }

  /** Which colour a value has. */
  private record Colors(double least, double most) implements PaintScale {

    static Colors of(List<List<Double>> rows) {
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (List<Double> row : rows) {
        for (double value : row) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
      return new Colors(least, most > least ? most : least + 1e-9);
    }

    @Override
    public double getLowerBound() {
      return least;
    }

    @Override
    public double getUpperBound() {
      return most;
    }

    @Override
    public Color getPaint(double value) {
      double at = Math.clamp((value - least) / (most - least), 0, 1) * (VIRIDIS.length - 1);
      int below = Math.min((int) at, VIRIDIS.length - 2);
      return between(new Color(VIRIDIS[below]), new Color(VIRIDIS[below + 1]), at - below);
    }

    private static Color between(Color a, Color b, double part) {
      return new Color(
          (int) Math.round(a.getRed() + part * (b.getRed() - a.getRed())),
          (int) Math.round(a.getGreen() + part * (b.getGreen() - a.getGreen())),
          (int) Math.round(a.getBlue() + part * (b.getBlue() - a.getBlue())));
    }
  }
}
