package dev.diver.deploy.chart;

import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYPointerAnnotation;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** Lines over an axis of numbers. */
final class LinesDrawing {

  /** Radius of a mark's dot, in pixels. */
  private static final double DOT = 3.5;

  /** Where the words of a mark stand, in turn, so that neighbours do not cover each other. */
  private static final TextAnchor[] CORNERS = {
    TextAnchor.BOTTOM_LEFT, TextAnchor.TOP_RIGHT, TextAnchor.TOP_LEFT, TextAnchor.BOTTOM_RIGHT,
  };

  private static final double[] ANGLES = {
    -Math.PI / 4, Math.PI * 3 / 4, Math.PI / 4, -Math.PI * 3 / 4,
  };

  private LinesDrawing() {}

  static JFreeChart of(Chart.Lines lines) {
    XYPlot plot = Look.plot(lines.x(), lines.y());
    plot.setDataset(0, dataset(lines.series()));
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    for (int i = 0; i < lines.series().size(); i++) {
      renderer.setSeriesPaint(i, Look.color(i));
      renderer.setSeriesStroke(i, Look.line(i));
    }
    plot.setRenderer(0, renderer);
    renderer.setLegendItemLabelGenerator((_, i) -> lines.series().get(i).name());
    lines
        .level()
        .ifPresent(level -> plot.addRangeMarker(new ValueMarker(level, Look.LEVEL, Look.dashed())));
    XYSeries dots = new XYSeries("", false);
    for (int i = 0; i < lines.marks().size(); i++) {
      Chart.Mark mark = lines.marks().get(i);
      dots.add(mark.at().x(), mark.at().y());
      XYPointerAnnotation words =
          new XYPointerAnnotation(
              mark.words(), mark.at().x(), mark.at().y(), ANGLES[i % ANGLES.length]);
      words.setFont(Look.TEXT);
      words.setBaseRadius(18);
      words.setTipRadius(DOT);
      words.setTextAnchor(CORNERS[i % CORNERS.length]);
      plot.addAnnotation(words);
    }
    XYLineAndShapeRenderer shapes = new XYLineAndShapeRenderer(false, true);
    shapes.setSeriesShape(0, new Ellipse2D.Double(-DOT, -DOT, 2 * DOT, 2 * DOT));
    shapes.setSeriesPaint(0, Color.BLACK);
    shapes.setSeriesVisibleInLegend(0, false);
    plot.setDataset(1, new XYSeriesCollection(dots));
    plot.setRenderer(1, shapes);
    return Look.chart(lines.title(), plot, lines.series().size() > 1);
  }

  static XYSeriesCollection dataset(List<Chart.Series> all) {
    XYSeriesCollection dataset = new XYSeriesCollection();
    for (int i = 0; i < all.size(); i++) {
      XYSeries series = new XYSeries(i, false); // keys must differ, names need not
      all.get(i).points().forEach(point -> series.add(point.x(), point.y()));
      dataset.addSeries(series);
    }
    return dataset;
  }
}
