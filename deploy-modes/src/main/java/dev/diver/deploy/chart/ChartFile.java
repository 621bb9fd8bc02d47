package dev.diver.deploy.chart;

import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.failure.IoFailure;
import java.awt.Dimension;
import java.awt.geom.Rectangle2D;
import java.awt.image.RenderedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.ImageHandlerBase64Encoder;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGGraphics2DIOException;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.text.TextUtils;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** Draws charts into files. */
public final class ChartFile {

  private static final int WIDTH = 960;
  private static final int HEIGHT = 600;

  /** Of a row of blocks, and of what is above and below the rows. */
  private static final int ROW = 28;

  private static final int AROUND = 120;

  /** Pixels of a PNG for each of the chart's, for screens and print. */
  private static final int SCALE = 2;

  private static final String SVG = "http://www.w3.org/2000/svg";

  /** What XML cannot hold (XML 1.0, 2.2), and names of files can. */
  private static final Pattern NOT_XML =
      Pattern.compile("[^\\t\\n\\r\\x20-\\x{D7FF}\\x{E000}-\\x{FFFD}\\x{10000}-\\x{10FFFF}]");

  static {
    System.setProperty("java.awt.headless", "true");
    TextUtils.setUseDrawRotatedStringWorkaround(false); // else it becomes outlines in SVG
  }

  private ChartFile() {}

  /** Whether the name ends as one that charts are written to: {@code .svg} or {@code .png}. */
  public static boolean isOne(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).matches(".*\\.(svg|png)");
  }

  /**
   * Draws a chart as its file's name ends: {@code .svg} or {@code .png}.
   *
   * @throws dev.diver.kernels.failure.DiverException INVALID for another name, MISSING where this
   *     machine has no fonts
   */
  public static void write(Chart chart, Path file) {
    if (!isOne(file)) {
      throw new Failure(
              Failure.Kind.INVALID,
              "A chart cannot be written to " + file + ".",
              "Give it a name that ends in .svg or .png.")
          .exception();
    }
    boolean svg = file.toString().toLowerCase(Locale.ROOT).endsWith(".svg");
    byte[] bytes = svg ? svg(chart) : png(chart);
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }

  /** Puts images into the SVG itself; Java's own PNG writer saves Batik's and all that it needs. */
  private static final class Pixels extends ImageHandlerBase64Encoder {
    @Override
    public void encodeImage(RenderedImage image, OutputStream out) throws SVGGraphics2DIOException {
      try {
        ImageIO.write(image, "png", out);
      } catch (IOException e) {
        throw new SVGGraphics2DIOException(e);
      }
    }
  }

  /** The chart as SVG. */
  public static byte[] svg(Chart chart) {
    try {
      Document document =
          DocumentBuilderFactory.newDefaultNSInstance()
              .newDocumentBuilder()
              .getDOMImplementation()
              .createDocument(SVG, "svg", null);
      SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
      context.setComment(null);
      context.setImageHandler(new Pixels());
      SVGGraphics2D graphics = new SVGGraphics2D(context, false);
      Dimension size = size(chart);
      graphics.setSVGCanvasSize(size);
      drawn(chart).draw(graphics, new Rectangle2D.Double(0, 0, size.width, size.height));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Element root = graphics.getRoot();
      root.setAttributeNS(
          null, "viewBox", "0 0 " + size.width + " " + size.height); // so that it can be scaled
      clean(root);
      graphics.stream(root, new OutputStreamWriter(bytes, StandardCharsets.UTF_8), true, false);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    } catch (InternalError | LinkageError e) {
      throw noFonts(e);
    }
  }

  private static void clean(Element root) {
    NodeList texts = root.getElementsByTagNameNS(SVG, "text");
    for (int i = 0; i < texts.getLength(); i++) {
      Node text = texts.item(i);
      text.setTextContent(NOT_XML.matcher(text.getTextContent()).replaceAll("\uFFFD"));
    }
  }

  /** The chart as PNG. */
  public static byte[] png(Chart chart) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Dimension size = size(chart);
      ChartUtils.writeScaledChartAsPNG(bytes, drawn(chart), size.width, size.height, SCALE, SCALE);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InternalError | LinkageError e) {
      throw noFonts(e);
    }
  }

  private static JFreeChart drawn(Chart chart) {
    return switch (chart) {
      case Chart.Lines lines -> LinesDrawing.of(lines);
      case Chart.Bars bars -> BarsDrawing.of(bars);
      case Chart.Surface surface -> SurfaceDrawing.of(surface);
      case Chart.Gantt gantt -> GanttDrawing.of(gantt);
      case Chart.Graph graph -> GraphDrawing.of(graph);
    };
  }

  /** The usual size, and more where there is much to draw. */
  private static Dimension size(Chart chart) {
    return switch (chart) {
      case Chart.Gantt gantt ->
          new Dimension(WIDTH, AROUND + ROW * Math.max(4, gantt.rows().size()));
      case Chart.Graph graph -> {
        Dimension wanted = GraphDrawing.size(graph);
        yield new Dimension(Math.max(WIDTH, wanted.width), wanted.height);
      }
      default -> new Dimension(WIDTH, HEIGHT);
    };
  }

  /** Java says so with errors of many kinds. */
  private static RuntimeException noFonts(Throwable cause) {
    return new Failure(
            Failure.Kind.MISSING,
            "Charts need fonts, and this machine has none that Java finds.",
            "Install some: apt install fontconfig fonts-dejavu-core; or write CSV or JSON.")
        .exception(cause);
  }
}
