package dev.diver.deploy.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Rectangle2D;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.AbstractXYAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.ui.RectangleEdge;

/** Blocks in rows over time. */
final class GanttDrawing {

  private static final Color MARK = new Color(0x222222);
  private static final float MARK_WIDTH = 2.5f;
  private static final int PADDING = 4;

  /** A block with its name, as far as there is room for it. */
  @SuppressWarnings("serial") // drawn, never stored
  private static final class Drawn extends AbstractXYAnnotation {
    private final transient Chart.Block block;

    Drawn(Chart.Block block) {
      this.block = block;
    }

    @Override
    public void draw(
        Graphics2D graphics,
        XYPlot plot,
        Rectangle2D area,
        ValueAxis time,
        ValueAxis rows,
        int index,
        PlotRenderingInfo info) {
      double left = time.valueToJava2D(block.from(), area, RectangleEdge.BOTTOM);
      double right = time.valueToJava2D(block.to(), area, RectangleEdge.BOTTOM);
      double one = rows.valueToJava2D(block.row() - 0.42, area, RectangleEdge.LEFT);
      double other =
          rows.valueToJava2D(block.row() + block.height() - 1 + 0.42, area, RectangleEdge.LEFT);
      Rectangle2D box =
          new Rectangle2D.Double(
              left, Math.min(one, other), Math.max(1, right - left), Math.abs(one - other));
      graphics.setPaint(light(Look.color(block.color())));
      graphics.fill(box);
      graphics.setPaint(block.marked() ? MARK : Look.color(block.color()));
      graphics.setStroke(new BasicStroke(block.marked() ? MARK_WIDTH : 1));
      graphics.draw(box);
      name(graphics, box);
    }

    private void name(Graphics2D graphics, Rectangle2D box) {
      float size = (float) Math.min(Look.TEXT.getSize2D(), box.getHeight() * 0.8);
      Font font = Look.TEXT.deriveFont(size);
      String shown = shortened(graphics, font, box.getWidth() - 2 * PADDING);
      if (shown.isEmpty()) {
        return;
      }
      graphics.setFont(font);
      graphics.setPaint(Color.BLACK);
      Shape clip = graphics.getClip();
      graphics.drawString(
          shown,
          (float) (box.getX() + PADDING),
          (float) (box.getCenterY() + size * 0.36)); // letters reach so far above their line
      graphics.setClip(clip);
    }

    private String shortened(Graphics2D graphics, Font font, double room) {
      String name = block.name();
      for (int length = name.length(); length > 0; length--) {
        String shown = length == name.length() ? name : name.substring(0, length) + "…";
        if (graphics.getFontMetrics(font).stringWidth(shown) <= room) {
          return shown;
        }
      }
      return "";
    }
  }

  private GanttDrawing() {}

  /** So that a name in black can be read on it. */
  private static Color light(Color color) {
    return new Color(
        (color.getRed() + 2 * 255) / 3,
        (color.getGreen() + 2 * 255) / 3,
        (color.getBlue() + 2 * 255) / 3);
  }

  static JFreeChart of(Chart.Gantt gantt) {
    XYPlot plot = Look.plot(gantt.x(), new Chart.Axis(gantt.y(), false));
    SymbolAxis rows = new SymbolAxis(gantt.y(), gantt.rows().toArray(String[]::new));
    rows.setLabelFont(Look.TEXT);
    rows.setTickLabelFont(Look.TEXT);
    rows.setGridBandsVisible(false);
    rows.setInverted(true);
    rows.setRange(-0.5, gantt.rows().size() - 0.5);
    plot.setRangeAxis(rows);
    plot.setRangeGridlinesVisible(false);
    double end = gantt.blocks().stream().mapToDouble(Chart.Block::to).max().orElse(1);
    ((NumberAxis) plot.getDomainAxis()).setRange(0, end > 0 ? end * 1.02 : 1);
    gantt.blocks().forEach(block -> plot.addAnnotation(new Drawn(block), false));
    return Look.chart(gantt.title(), plot, false);
  }
}
