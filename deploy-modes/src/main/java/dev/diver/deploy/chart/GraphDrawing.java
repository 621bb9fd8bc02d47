package dev.diver.deploy.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.PlotState;

/** Boxes and arrows. */
final class GraphDrawing {

  private static final int LINE = 17;
  private static final int COLUMN = 210;
  private static final int LEGEND = 28;
  private static final int TIP = 9;
  private static final Color BOX = new Color(0xEEF4FA);
  private static final Font BOLD = Look.TEXT.deriveFont(Font.BOLD);

  /** Full, thick, dashed. */
  private static final List<BasicStroke> STROKES =
      List.of(
          new BasicStroke(1.4f),
          new BasicStroke(3.2f),
          new BasicStroke(
              1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {5, 4}, 0));

  private GraphDrawing() {}

  static JFreeChart of(Chart.Graph graph) {
    return Look.chart(graph.title(), new Drawn(graph), false);
  }

  /** What room a graph takes, in pixels, at least. */
  static Dimension size(Chart.Graph graph) {
    GraphLayout layout = new GraphLayout(graph);
    return new Dimension(layout.columns() * COLUMN, layout.rows() * (height(graph) + LINE) + 120);
  }

  private static int height(Chart.Graph graph) {
    return LINE * (1 + graph.nodes().stream().mapToInt(List::size).max().orElse(1));
  }

  /** The whole of the drawing. */
  @SuppressWarnings("serial") // drawn, never stored
  private static final class Drawn extends Plot {
    private final transient Chart.Graph graph;
    private final transient GraphLayout layout;
    private transient Rectangle2D area = new Rectangle2D.Double();

    Drawn(Chart.Graph graph) {
      this.graph = graph;
      this.layout = new GraphLayout(graph);
    }

    @Override
    public String getPlotType() {
      return "graph";
    }

    @Override
    public void draw(
        Graphics2D graphics,
        Rectangle2D whole,
        Point2D anchor,
        PlotState state,
        PlotRenderingInfo info) {
      drawBackground(graphics, whole);
      area =
          new Rectangle2D.Double(
              whole.getX(), whole.getY(), whole.getWidth(), whole.getHeight() - LEGEND);
      for (int i = 0; i < graph.arrows().size(); i++) {
        arrow(graphics, i);
      }
      for (int i = 0; i < graph.nodes().size(); i++) {
        node(graphics, i);
      }
      legend(graphics, whole);
      drawOutline(graphics, whole);
    }

    private Point2D at(Point2D part) {
      return new Point2D.Double(
          area.getX() + part.getX() * area.getWidth(),
          area.getY() + part.getY() * area.getHeight());
    }

    private Rectangle2D box(int node) {
      Point2D middle = at(layout.node(node));
      double width = Math.min(COLUMN - 60.0, area.getWidth() / layout.columns() * 0.7);
      double height = height(graph);
      return new Rectangle2D.Double(
          middle.getX() - width / 2, middle.getY() - height / 2, width, height);
    }

    private void node(Graphics2D graphics, int number) {
      Rectangle2D box = box(number);
      RoundRectangle2D round =
          new RoundRectangle2D.Double(
              box.getX(), box.getY(), box.getWidth(), box.getHeight(), 10, 10);
      graphics.setPaint(BOX);
      graphics.fill(round);
      graphics.setPaint(Look.color(0));
      graphics.setStroke(STROKES.getFirst());
      graphics.draw(round);
      graphics.setPaint(Color.BLACK);
      List<String> lines = graph.nodes().get(number);
      double y = box.getCenterY() - LINE * (lines.size() - 1) / 2.0 + 5;
      for (int i = 0; i < lines.size(); i++) {
        Font font = i == 0 ? BOLD : Look.TEXT;
        graphics.setFont(font);
        String line = fitted(graphics, font, lines.get(i), box.getWidth() - 10);
        double width = graphics.getFontMetrics(font).stringWidth(line);
        graphics.drawString(line, (float) (box.getCenterX() - width / 2), (float) (y + LINE * i));
      }
    }

    private static String fitted(Graphics2D graphics, Font font, String text, double room) {
      String fitted = text;
      while (fitted.length() > 2 && graphics.getFontMetrics(font).stringWidth(fitted) > room) {
        fitted = fitted.substring(0, fitted.length() - 2) + "…";
      }
      return fitted;
    }

    private void arrow(Graphics2D graphics, int number) {
      Chart.Arrow arrow = graph.arrows().get(number);
      List<Point2D> way = layout.way(number);
      Point2D from = new Point2D.Double(box(arrow.from()).getMaxX(), at(way.getFirst()).getY());
      Point2D to = new Point2D.Double(box(arrow.to()).getX() - 1, at(way.getLast()).getY());
      Path2D path = new Path2D.Double();
      path.moveTo(from.getX(), from.getY());
      Point2D before = from;
      Point2D last = from;
      for (int i = 1; i < way.size(); i++) {
        boolean end = i == way.size() - 1;
        Point2D next = end ? new Point2D.Double(to.getX() - TIP, to.getY()) : at(way.get(i));
        double half = (last.getX() + next.getX()) / 2;
        path.curveTo(half, last.getY(), half, next.getY(), next.getX(), next.getY());
        before = last;
        last = next;
      }
      graphics.setPaint(Look.LEVEL);
      graphics.setStroke(STROKES.get(arrow.kind()));
      graphics.draw(path);
      tip(graphics, to);
      if (!arrow.label().isEmpty()) {
        label(graphics, arrow.label(), before, to);
      }
    }

    private static void tip(Graphics2D graphics, Point2D to) {
      Path2D tip = new Path2D.Double();
      tip.moveTo(to.getX(), to.getY());
      tip.lineTo(to.getX() - TIP - 1, to.getY() - TIP / 2.0);
      tip.lineTo(to.getX() - TIP - 1, to.getY() + TIP / 2.0);
      tip.closePath();
      graphics.fill(tip);
    }

    /** Over the middle of an arrow's last part, where others seldom are. */
    private static void label(Graphics2D graphics, String label, Point2D last, Point2D to) {
      Font small = Look.TEXT.deriveFont(11f);
      graphics.setFont(small);
      double width = graphics.getFontMetrics(small).stringWidth(label);
      double x = (last.getX() + to.getX() - width) / 2;
      double y = (last.getY() + to.getY()) / 2;
      graphics.setPaint(Color.WHITE);
      graphics.fill(new Rectangle2D.Double(x - 2, y - 8, width + 4, 15));
      graphics.setPaint(Color.DARK_GRAY);
      graphics.drawString(label, (float) x, (float) y + 4);
    }

    private void legend(Graphics2D graphics, Rectangle2D whole) {
      double x = whole.getX() + 12;
      double y = whole.getMaxY() - 10;
      graphics.setFont(Look.TEXT);
      for (int i = 0; i < graph.kinds().size(); i++) {
        graphics.setPaint(Look.LEVEL);
        graphics.setStroke(STROKES.get(i));
        graphics.draw(new java.awt.geom.Line2D.Double(x, y - 5, x + 30, y - 5));
        graphics.setPaint(Color.BLACK);
        graphics.drawString(graph.kinds().get(i), (float) x + 36, (float) y);
        x += 36 + graphics.getFontMetrics().stringWidth(graph.kinds().get(i)) + 24;
      }
    }
  }
}
