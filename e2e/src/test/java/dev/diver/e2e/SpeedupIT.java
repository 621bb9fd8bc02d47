package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From a program to a decision: trace it, project it, ask what else would have to be. */
class SpeedupIT {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String[] ON_MCKERNEL = {"--round-trip", "6.28us", "--forward", "mckernel"};

  @TempDir private static Path folder;

  private static Shell user;

  @BeforeAll
  static void traceBzip2() throws IOException {
    Path work = Files.createDirectories(folder.resolve("work"));
    user = new Shell(work, Map.of("DIVER_HOME", folder.resolve("home").toString()));
    Files.writeString(work.resolve("text"), "a line of text to be packed\n".repeat(40_000));
    Shell.Result traced =
        Expect.success(user.diver("trace", "-o", "trace.json", "--", "bzip2", "-k", "-f", "text"));
    assertEquals("", traced.text());
    assertTrue(Files.size(work.resolve("text.bz2")) > 0);
  }

  @Test
  void theTraceHasThePackersCalls() throws IOException {
    JsonNode trace = JSON.readTree(Files.readAllBytes(user.folder().resolve("trace.json")));
    assertEquals(1, trace.get("version").asInt());
    assertEquals("bzip2", trace.at("/command/0").asString());
    long reads = calls(trace, "read");
    // 1,120,000 bytes, 4096 at a time
    assertTrue(reads >= 274 && reads < 300, trace::toString);
    long service = 0;
    for (JsonNode call : trace.get("syscalls")) {
      service += call.get("service_ns").asLong();
    }
    assertTrue(service > 0 && service < trace.get("lifetime_ns").asLong(), trace::toString);
  }

  @Test
  void publishedSystemsAreProjectedSideBySide() {
    JsonNode projection = json("project", "trace.json", "--gain", "1.1");
    List<String> systems = new ArrayList<>();
    for (JsonNode system : projection.get("systems")) {
      systems.add(system.get("system").asString());
      double naive = system.get("naive_speedup").asDouble();
      double refined = system.get("refined_speedup").asDouble();
      assertTrue(naive > 1 && naive <= 1.1, system::toString);
      assertTrue(refined < naive, system::toString);
      JsonNode first = system.at("/porting/0");
      assertTrue(first.get("speedup").asDouble() > refined, system::toString);
    }
    assertEquals(List.of("McKernel", "mOS", "HobbesIO"), systems);
    Shell.Result read = Expect.success(user.diver("speedup", "project", "trace.json"));
    assertTrue(read.text().contains("bzip2 -k -f text"), read::toString);
    assertTrue(read.text().contains("McKernel"), read::toString);
  }

  /** What the model predicts for a gain is explained by that gain. */
  @Test
  void gainUndoesProject() {
    JsonNode projection = json(words("project", "trace.json", "--gain", "1.25"));
    double predicted = projection.at("/systems/0/refined_speedup").asDouble();
    JsonNode gain = json(words("gain", "trace.json", "--measured", Double.toString(predicted)));
    JsonNode gains = gain.at("/benchmarks/0/gain");
    assertEquals(1, gains.size(), gain::toString);
    assertEquals(1.25, gains.iterator().next().asDouble(), 1e-6, gain::toString);
    Expect.failure(user.diver(prefixed(words("gain", "trace.json", "--measured", "1000000"))));
  }

  /** λ = 1000/s and μ = 2000/s: W = 1/(μ − λ) − 1/μ = 500 µs (equation 13). */
  @Test
  void aDelegateIsAQueue() {
    JsonNode queue = json("queue", "--rate", "1000/s", "--service", "500us");
    assertTrue(queue.toString().contains("\"utilization\":0.5"), queue::toString);
    assertEquals(500_000, first(queue, "waiting_ns"), 1e-3, queue::toString);
    Expect.failure(user.diver("speedup", "queue", "--rate", "1000/s", "--service", "2ms"));
  }

  @Test
  void anEmptyTraceIsRefused() throws IOException {
    Files.writeString(
        user.folder().resolve("empty.json"),
        "{\"version\":1,\"command\":[],\"recorder\":\"none\",\"wall_ns\":1,\"lifetime_ns\":1,"
            + "\"syscalls\":[]}");
    Expect.failure(user.diver(prefixed(words("project", "empty.json"))), "The trace is empty");
    Expect.failure(user.diver("speedup", "project", "text"));
    Expect.failure(user.diver("speedup", "project", "no-such-file"), "no-such-file");
  }

  private static String[] words(String... first) {
    return Stream.concat(Stream.of(first), Stream.of(ON_MCKERNEL)).toArray(String[]::new);
  }

  private static String[] prefixed(String... words) {
    return Stream.concat(Stream.of("speedup"), Stream.of(words)).toArray(String[]::new);
  }

  private static JsonNode json(String... words) {
    Shell.Result ran =
        Expect.success(
            user.diver(
                Stream.concat(Stream.of(prefixed(words)), Stream.of("--json"))
                    .toArray(String[]::new)));
    return JSON.readTree(ran.output());
  }

  static long calls(JsonNode trace, String name) {
    for (JsonNode call : trace.get("syscalls")) {
      if (call.get("name").asString().equals(name)) {
        return call.get("calls").asLong();
      }
    }
    return 0;
  }

  private static double first(JsonNode tree, String name) {
    return tree.findValue(name).asDouble();
  }
}
