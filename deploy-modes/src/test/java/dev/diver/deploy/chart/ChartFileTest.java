package dev.diver.deploy.chart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.chart.Chart.Axis;
import dev.diver.deploy.chart.Chart.Point;
import dev.diver.deploy.chart.Chart.Series;
import dev.diver.kernels.failure.DiverException;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;

class ChartFileTest {

  @TempDir Path folder;

  private static final Axis PLAIN = new Axis("gain γ", false);
  private static final Axis LOG = new Axis("round trip (µs)", true);

  private static Chart lines() {
    return new Chart.Lines(
        "A & <title>",
        LOG,
        PLAIN,
        List.of(
            new Series("one", List.of(new Point(0.1, 2), new Point(1000, 0.5))),
            new Series("another", List.of(new Point(0.1, 1), new Point(1000, 1.5)))),
        OptionalDouble.of(1),
        List.of(new Chart.Mark(new Point(10, 1), "here")));
  }

  private static Chart bars() {
    return new Chart.Bars(
        "Bars",
        PLAIN,
        List.of("bzip2", "gcc"),
        List.of(
            new Chart.Group("measured", List.of(1.0, 0.9)),
            new Chart.Group("refined", List.of(1.1, Double.NaN))),
        OptionalDouble.empty());
  }

  /** As great as the number of its column, 1 to 20, in each of 10 rows. */
  private static Chart surface() {
    List<Double> row = IntStream.rangeClosed(1, 20).mapToObj(i -> (double) i).toList();
    return new Chart.Surface(
        "Surface",
        PLAIN,
        LOG,
        "height",
        row,
        row.subList(0, 10),
        IntStream.range(0, 10).mapToObj(_ -> row).toList(),
        List.of(new Series("where", List.of(new Point(2, 2), new Point(15, 9)))));
  }

  private static Chart gantt() {
    return new Chart.Gantt(
        "Gantt",
        PLAIN,
        "core",
        List.of("0", "1"),
        List.of(
            new Chart.Block("both", 0, 2, 0, 10, 0, true),
            new Chart.Block("a name for which there is no room", 1, 1, 10, 10.1, 1, false)));
  }

  private static Chart graph() {
    return new Chart.Graph(
        "Graph",
        List.of(List.of("first", "net"), List.of("second"), List.of("third")),
        List.of(
            new Chart.Arrow(0, 1, "mesh", 0),
            new Chart.Arrow(1, 2, "", 1),
            new Chart.Arrow(0, 2, "failure", 2)),
        List.of("file", "stream", "order"));
  }

  static List<Chart> all() {
    return List.of(lines(), bars(), surface(), gantt(), graph());
  }

  @ParameterizedTest
  @MethodSource("all")
  void drawsPng(Chart chart) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(ChartFile.png(chart)));
    assertEquals(1920, image.getWidth());
    boolean grows = chart instanceof Chart.Gantt || chart instanceof Chart.Graph;
    assertTrue(grows || image.getHeight() == 1200);
    assertEquals(Color.WHITE, new Color(image.getRGB(3, 3)));
    assertTrue(
        IntStream.range(0, 1920 * image.getHeight())
                .filter(i -> image.getRGB(i % 1920, i / 1920) != Color.WHITE.getRGB())
                .count()
            > 5000);
  }

  @ParameterizedTest
  @MethodSource("all")
  void drawsSvgThatIsWellFormedAndHasItsWords(Chart chart) throws Exception {
    byte[] svg = ChartFile.svg(chart);
    Document document = parsed(svg);
    assertEquals("svg", document.getDocumentElement().getLocalName());
    String words = document.getDocumentElement().getTextContent();
    assertTrue(words.contains(chart.title()), words);
    assertArrayEquals(svg, ChartFile.svg(chart), "not the same again");
  }

  @Test
  void linesHaveNamesAndMarks() {
    String svg = new String(ChartFile.svg(lines()), StandardCharsets.UTF_8);
    for (String word : List.of("another", "here", "round trip (µs)", "gain γ", "1.5")) {
      assertTrue(svg.contains(word), word);
    }
  }

  /** The image of a surface: dark on the left, light on the right, as the values are. */
  @Test
  void coloursGrowWithTheValues() throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(ChartFile.png(surface())));
    assertTrue(brightness(image, 300) < brightness(image, 900));
    assertTrue(brightness(image, 900) < brightness(image, 1500));
  }

  private static int brightness(BufferedImage image, int x) {
    Color color = new Color(image.getRGB(x, 200));
    return color.getRed() + color.getGreen() + color.getBlue();
  }

  @Test
  void writesByTheNamesEnd() throws IOException {
    ChartFile.write(lines(), folder.resolve("a.svg"));
    ChartFile.write(lines(), folder.resolve("a.PNG"));
    assertTrue(Files.readString(folder.resolve("a.svg")).contains("<svg"));
    assertNotNull(ImageIO.read(folder.resolve("a.PNG").toFile()));
    assertFalse(ChartFile.isOne(folder.resolve("a.gif")));
    assertThrows(DiverException.class, () -> ChartFile.write(lines(), folder.resolve("a.gif")));
    assertThrows(
        DiverException.class, () -> ChartFile.write(lines(), folder.resolve("no/folder/a.svg")));
  }

  @Test
  void refusesTablesThatAreNoRectangles() {
    List<Double> two = List.of(1.0, 2.0);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Chart.Surface(
                "", PLAIN, PLAIN, "", two, two, List.of(two, List.of(1.0)), List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Chart.Bars(
                "",
                PLAIN,
                List.of("a"),
                List.of(new Chart.Group("b", two)),
                OptionalDouble.empty()));
  }

  /** Names of files may hold what XML may not. */
  @Test
  void writesXmlWhateverNamesHold() throws Exception {
    Series named = new Series("bell\u0007 \uD800 \"<é>", List.of(new Point(1, 1), new Point(2, 2)));
    byte[] svg =
        ChartFile.svg(
            new Chart.Lines(
                "title\u0001",
                PLAIN,
                PLAIN,
                List.of(named, named),
                OptionalDouble.empty(),
                List.of()));
    Document document = parsed(svg);
    String words = document.getDocumentElement().getTextContent();
    assertTrue(words.contains("title\uFFFD"), words);
    assertTrue(words.contains("bell\uFFFD \uFFFD \"<é>"), words);
    assertEquals("0 0 960 600", document.getDocumentElement().getAttribute("viewBox"));
  }

  private static Document parsed(byte[] svg) throws Exception {
    DocumentBuilderFactory parsers = DocumentBuilderFactory.newDefaultNSInstance();
    parsers.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    return parsers.newDocumentBuilder().parse(new ByteArrayInputStream(svg));
  }

  /** A block is as long as its time, over all of its rows, and says its name where it can. */
  @Test
  void blocksTakeUpTheirRows() {
    String svg = new String(ChartFile.svg(gantt()), StandardCharsets.UTF_8);
    assertTrue(svg.contains(">both<"), svg);
    assertFalse(svg.contains("a name"), svg);
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new Chart.Gantt(
                "", PLAIN, "", List.of("0"), List.of(new Chart.Block("", 0, 2, 0, 1, 0, false))));
  }

  @Test
  void nodesStandBehindWhatLeadsToThem() {
    GraphLayout layout = new GraphLayout((Chart.Graph) graph());
    assertEquals(3, layout.columns());
    assertEquals(2, layout.rows(), "the long arrow passes the second node");
    assertTrue(layout.node(0).getX() < layout.node(1).getX());
    assertTrue(layout.node(1).getX() < layout.node(2).getX());
    assertEquals(3, layout.way(2).size());
    String svg = new String(ChartFile.svg(graph()), StandardCharsets.UTF_8);
    assertTrue(List.of("first", "mesh", "failure", "stream").stream().allMatch(svg::contains), svg);
  }
}
