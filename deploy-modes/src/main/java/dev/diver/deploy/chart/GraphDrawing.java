package dev.diver.deploy.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.geom.RoundRectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.PlotRenderingInfo;
import org.jfree.chart.plot.PlotState;

/** Boxes and arrows. */
final class GraphDrawing {

  private static final int LINE = 17;
  private static final int LEAST_BOX = 150;
  private static final int MOST_BOX = 260;
  private static final int LEAST_GAP = 60;
  private static final int MOST_GAP = 220;
  private static final int LABEL_MARGIN = 50;
  private static final int LEGEND = 28;
  private static final int TIP = 9;
  private static final Color BOX = new Color(0xEEF4FA);
  private static final Font BOLD = Look.TEXT.deriveFont(Font.BOLD);
  private static final Font SMALL = Look.TEXT.deriveFont(11f);

  private static final FontRenderContext METRICS = new FontRenderContext(null, true, true);

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
    return new Dimension(
        layout.columns() * (boxWidth(graph) + gapWidth(graph)),
        layout.rows() * (height(graph) + LINE) + 120);
  }

  /** The width of a box, which most names fit. */
  private static int boxWidth(Chart.Graph graph) {
    int widest =
        graph.nodes().stream()
            .flatMap(List::stream)
            .mapToInt(text -> width(BOLD, text))
            .max()
            .orElse(0);
    return Math.clamp(widest + 24, LEAST_BOX, MOST_BOX);
  }

  /** Between two columns of boxes, so that an arrow is seen on both sides of its label. */
  private static int gapWidth(Chart.Graph graph) {
    int widest =
        graph.arrows().stream().mapToInt(arrow -> width(SMALL, arrow.label())).max().orElse(0);
    return Math.clamp(widest + LABEL_MARGIN, LEAST_GAP, MOST_GAP);
  }

  private static int width(Font font, String text) {
    return (int) Math.ceil(font.getStringBounds(text, METRICS).getWidth());
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
      for (int i = 0; i < graph.arrows().size(); i++) {
        label(graphics, i); // over all arrows
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
      double column = area.getWidth() / layout.columns();
      double width = column * boxWidth(graph) / (boxWidth(graph) + gapWidth(graph));
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

    private Point2D start(int number) {
      double y = at(layout.way(number).getFirst()).getY() + beside(number);
      return point(box(graph.arrows().get(number).from()).getMaxX(), y);
    }

    private Point2D end(int number) {
      double y = at(layout.way(number).getLast()).getY() + beside(number);
      return point(box(graph.arrows().get(number).to()).getX() - 1, y);
    }

    /** Where it passes between other nodes. */
    private List<Point2D> between(int number) {
      List<Point2D> way = layout.way(number);
      return way.subList(1, way.size() - 1).stream()
          .map(this::at)
          .map(at -> point(at.getX(), at.getY() + beside(number)))
          .toList();
    }

    private void arrow(Graphics2D graphics, int number) {
      Point2D to = end(number);
      List<Point2D> next = new ArrayList<>(between(number));
      next.add(point(to.getX() - TIP, to.getY()));
      Point2D last = start(number);
      Path2D path = new Path2D.Double();
      path.moveTo(last.getX(), last.getY());
      for (Point2D at : next) {
        double half = (last.getX() + at.getX()) / 2;
        path.curveTo(half, last.getY(), half, at.getY(), at.getX(), at.getY());
        last = at;
      }
      graphics.setPaint(Look.LEVEL);
      graphics.setStroke(STROKES.get(graph.arrows().get(number).kind()));
      graphics.draw(path);
      tip(graphics, to);
    }

    private static Point2D point(double x, double y) {
      return new Point2D.Double(x, y);
    }

    /** How far below the middle it is, since others may join the same two nodes. */
    private double beside(int number) {
      Chart.Arrow arrow = graph.arrows().get(number);
      List<Integer> same =
          IntStream.range(0, graph.arrows().size())
              .filter(i -> graph.arrows().get(i).from() == arrow.from())
              .filter(i -> graph.arrows().get(i).to() == arrow.to())
              .boxed()
              .toList();
      double step = Math.min(LINE, (double) height(graph) / same.size());
      return (same.indexOf(number) - (same.size() - 1) / 2.0) * step;
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
    private void label(Graphics2D graphics, int number) {
      String label =
          fitted(graphics, SMALL, graph.arrows().get(number).label(), MOST_GAP - LABEL_MARGIN);
      if (label.isEmpty()) {
        return;
      }
      List<Point2D> between = between(number);
      Point2D last = between.isEmpty() ? start(number) : between.getLast();
      Point2D to = end(number);
      double width = graphics.getFontMetrics(SMALL).stringWidth(label);
      double x = (last.getX() + to.getX() - width) / 2;
      double y = (last.getY() + to.getY()) / 2;
      graphics.setFont(SMALL);
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
