package dev.diver.deploy.chart;

import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.CategoryLabelPositions;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.DefaultCategoryDataset;

/** Bars side by side. */
final class BarsDrawing {

  /** From so many on, names are written slanting. */
  private static final int CROWDED = 8;

  private BarsDrawing() {}

  static JFreeChart of(Chart.Bars bars) {
    DefaultCategoryDataset dataset = new DefaultCategoryDataset();
    BarRenderer renderer = new BarRenderer();
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setItemMargin(0.05);
    renderer.setBase(bars.level().orElse(0)); // a bar's length is what it says
    for (int i = 0; i < bars.groups().size(); i++) {
      Chart.Group group = bars.groups().get(i);
      for (int j = 0; j < bars.categories().size(); j++) {
        double value = group.values().get(j);
        dataset.addValue(
            Double.isNaN(value) ? null : (Double) value, group.name(), bars.categories().get(j));
      }
      renderer.setSeriesPaint(i, Look.color(i));
    }
    CategoryAxis names = new CategoryAxis();
    names.setTickLabelFont(Look.TEXT);
    if (bars.categories().size() >= CROWDED) {
      names.setCategoryLabelPositions(CategoryLabelPositions.UP_45);
    }
    CategoryPlot plot = new CategoryPlot(dataset, names, Look.axis(bars.y()), renderer);
    plot.setRangeGridlinePaint(Look.GRID);
    plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
    bars.level()
        .ifPresent(level -> plot.addRangeMarker(new ValueMarker(level, Look.LEVEL, Look.dashed())));
    return Look.chart(bars.title(), plot, bars.groups().size() > 1);
  }
}
