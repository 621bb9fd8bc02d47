package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The model is compared with measured runs. They are short here, and how near it comes is no
 * matter: that is a benchmark.
 */
@ExtendWith(SharedCatalog.class)
class ValidateIT {

  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private static Path folder;

  private static Shell user;

  @BeforeAll
  static void makeUser(Catalog catalog) throws IOException {
    user = catalog.user(folder);
  }

  @Test
  void comparesOnThisLinux() throws IOException {
    Shell.Result ran =
        Expect.success(
            user.diver(
                "speedup",
                "validate",
                "--only",
                "synthetic-bzip2-2.0,bzip2,gcc,sqlite3,python3",
                "--size",
                "2%",
                "--repeat",
                "3",
                "--chart",
                "chart.svg",
                "--json"));
    String chart = Files.readString(user.folder().resolve("chart.svg"));
    assertTrue(chart.startsWith("<?xml") || chart.startsWith("<svg"), chart);
    for (String word : List.of("synthetic-bzip2-2.0", "python3", "measured", "refined")) {
      assertTrue(chart.contains(word), word);
    }
    JsonNode validation = JSON.readTree(ran.output());
    assertEquals("emulated", validation.get("mode").asString());
    assertTrue(validation.get("round_trip_ns").asDouble() > 0);
    assertEquals(
        List.of("synthetic-bzip2-2.0", "bzip2", "gcc", "sqlite3", "python3"),
        texts(validation.get("benchmarks"), "name").toList());
    for (JsonNode one : validation.get("benchmarks")) {
      assertEquals(3, one.get("native_ns").size(), one::toString);
      assertEquals(3, one.get("mode_ns").size(), one::toString);
      assertTrue(one.get("forwarded_calls").asLong() > 20, one::toString);
      assertTrue(one.at("/given/refined").asDouble() > 0, one::toString);
      // forwarding takes time, and the naïve model does not know that
      assertTrue(
          one.at("/given/refined").asDouble() < one.at("/given/naive").asDouble(), one::toString);
    }
    assertEquals(2, validation.at("/benchmarks/0/feigned_gain").asDouble());
    for (String source : List.of("given", "median", "leave_one_out")) {
      assertTrue(
          validation.at("/accuracy_percent/" + source + "/refined").isNumber(), ran::toString);
    }
    Expect.nothingLeft(user);
    assertEquals(List.of(), scratch());
  }

  @Test
  void comparesInAPartitionOnceThatIsCalibrated() {
    String[] words = {
      "speedup", "validate", "--mode", "partitioned-vm", "--only", "synthetic-computing,gcc",
      "--size", "1%", "--repeat", "1", "--strict", "--json"
    };
    Expect.failure(
        user.diver(words), "has not been measured", "diver calibrate --mode partitioned");
    Expect.success(user.diver("calibrate", "--mode", "partitioned-vm"));
    Shell.Result ran = Expect.status(125, user.diver(words)); // --strict, and gcc is left out
    assertTrue(ran.errors().contains("not run: gcc: It starts other programs"), ran::toString);
    JsonNode validation = JSON.readTree(ran.output());
    assertEquals(
        List.of("synthetic-computing"), texts(validation.get("benchmarks"), "name").toList());
    assertTrue(validation.at("/benchmarks/0/forwarded_calls").asLong() > 5, ran::toString);
    assertEquals(List.of("gcc"), texts(validation.get("omitted"), "name").toList());
  }

  @Test
  void namesItsBenchmarks() {
    Shell.Result listed = Expect.success(user.diver("speedup", "validate", "--list"));
    for (String name : List.of("synthetic-bzip2:", "synthetic-computing-1.5:", "lammps:", "gcc:")) {
      assertTrue(listed.text().contains(name), listed::toString);
    }
    Expect.failure(
        user.diver("speedup", "validate", "--only", "bzip2,bzip3"), "bzip3", "synthetic-bzip2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--repeat 0",
        "--gain 0",
        "--size 0%",
        "--size 110%",
        "--round-trip 10",
        "--chart chart.gif",
        "--forward raed",
        "--mode full-vm --forward read",
        "--mode full-vm --round-trip 10us"
      })
  void refusesWhatItCannotDo(String options) {
    Shell.Result refused =
        user.diver(
            Stream.concat(Stream.of("speedup", "validate"), Stream.of(options.split(" ", -1)))
                .toArray(String[]::new));
    Expect.status(2, refused);
    assertTrue(refused.errors().contains("help: "), refused::toString);
  }

  private static List<Path> scratch() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/dev/shm"))) {
      return all.filter(path -> path.toString().contains("diver-validation-")).toList();
    }
  }

  private static Stream<String> texts(JsonNode array, String member) {
    return StreamSupport.stream(array.spliterator(), false)
        .map(element -> element.get(member).asString());
  }
}
