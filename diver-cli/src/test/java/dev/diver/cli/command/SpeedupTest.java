package dev.diver.cli.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.cli.Typed;
import dev.diver.cli.Typed.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The commands of the speedup model, for a trace of 10 ms: C = 9000 µs, write 100 times in 600 µs,
 * read 50 in 300, brk 10 in 40, openat 2 in 60. How the model comes to its numbers is tried in its
 * own tests.
 */
class SpeedupTest {

  private static final String TRACE =
      """
      {"version": 1, "command": ["cp", "a", "b"], "recorder": "strace 6.1",
       "wall_ns": 10000000, "threads": 2, "lifetime_ns": 10000000,
       "syscalls": [
         {"name": "write", "calls": 100, "service_ns": 600000},
         {"name": "read", "calls": 50, "service_ns": 300000},
         {"name": "openat", "calls": 2, "service_ns": 60000},
         {"name": "brk", "calls": 10, "service_ns": 40000}]}
      """;

  @TempDir Path folder;

  @BeforeEach
  void writeTheTrace() throws IOException {
    Files.writeString(folder.resolve("trace.json"), TRACE);
  }

  private Result run(String line) {
    return new Typed(folder).reading(TRACE).run(("speedup " + line).split(" "));
  }

  private Result succeeds(String line) {
    Result result = run(line);
    assertEquals(0, result.status(), result.err());
    return result;
  }

  private static List<String> lines(Result result) {
    return result.out().lines().map(line -> line.replaceAll(" +", " ").strip()).toList();
  }

  private JsonNode json(String line) {
    return JsonMapper.shared().readTree(succeeds(line + " --json").out());
  }

  /** γ = 1.5, 2·f_c = 5 µs, 102 calls forwarded: S_r = 10000/7510, S_n = 1/0.7, γ = 9000/8490. */
  @Test
  void projectsForAGivenRoundTrip() {
    Result result =
        succeeds("project trace.json --round-trip 5us --gain 1.5 --forward write,openat");
    assertEquals("", result.err());
    List<String> lines = lines(result);
    assertEquals(
        "cp a b: 10 ms, 10 % of it in 162 system calls, 4 different ones (strace 6.1)",
        lines.getFirst());
    assertTrue(
        lines.contains("2·f_c = 5 µs 5 µs 2 of 4 102 1.4286 1.3316 510 µs 1.0601 as listed"),
        result.out());
    // porting write saves 500 µs: 10000/7010; then openat 10 µs: 10000/7000
    int porting = lines.indexOf("CALL CALLS SAVES SPEEDUP");
    assertEquals(
        List.of("1.3316", "write 100 500 µs 1.4265", "openat 2 10 µs 1.4286"),
        lines.subList(porting + 1, porting + 4));
  }

  @Test
  void drawsTheProjections() throws IOException {
    succeeds("project trace.json --chart p.svg");
    String svg = Files.readString(folder.resolve("p.svg"));
    assertTrue(svg.contains("McKernel") && svg.contains("refined"), svg);
  }

  @Test
  void readsStandardInput() {
    assertEquals(
        succeeds("project trace.json --round-trip 5us").out(),
        succeeds("project - --round-trip 5us").out());
  }

  @Test
  void projectsForWhatIsPublishedWhereNothingWasMeasured() {
    Result result = succeeds("project trace.json");
    assertTrue(result.err().contains("diver calibrate"), result.err());
    JsonNode systems = json("project trace.json").get("systems");
    assertEquals(
        List.of("McKernel", "mOS", "HobbesIO"),
        systems.valueStream().map(system -> system.get("system").stringValue()).toList());
    // McKernel handles read, brk and openat
    assertEquals("write", systems.get(0).get("forwarded").get(0).stringValue());
    assertEquals(1, systems.get(0).get("forwarded").size());
    assertEquals(6280, systems.get(0).get("round_trip_ns").doubleValue());
    // t_d = 9000/1.04 + 1000 + 100·6.28 µs
    assertEquals(
        10_000 / (9000 / 1.04 + 1628), systems.get(0).get("refined_speedup").doubleValue(), 1e-12);
  }

  /** A profile of getpid in 560 ns; the kernel that it was made with is not here. */
  @Test
  void projectsForMeasuredModes() {
    CalibrateTest.storeProfile(folder, "full-vm");
    Result result = succeeds("project trace.json --mode full-vm --forward all");
    assertTrue(
        lines(result).stream().anyMatch(line -> line.startsWith("full-vm 560 ns 4 of 4 162 ")),
        result.out());
    Result all = succeeds("project trace.json --forward all");
    assertTrue(all.out().contains("full-vm") && all.out().contains("McKernel"), all.out());
    Result noList = run("project trace.json --catalog http://127.0.0.1:1");
    assertEquals(0, noList.status(), noList.err());
    assertTrue(noList.err().contains("error: "), noList.err()); // what the kernel forwards
    assertTrue(noList.out().contains("McKernel"), noList.out()); // is not known, but the others are
    Result unmeasured = run("project trace.json --mode partitioned-vm");
    assertEquals(125, unmeasured.status());
    assertTrue(unmeasured.err().contains("diver calibrate --mode partitioned-vm"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--forward min-frequency --share 50%; brk openat",
        "--forward max-frequency --share 50%; read write",
        "--forward max-frequency; brk openat read write", // 90 % of 4 is 3.6
        "--forward all; brk openat read write",
        "--forward none; ''",
        "--forward mckernel; write",
        "--forward read,mmap; read",
      })
  void choosesWhatIsForwarded(String options, String forwarded) {
    JsonNode system = json("project trace.json --round-trip 1us " + options).get("systems").get(0);
    assertEquals(
        forwarded,
        String.join(
            " ", system.get("forwarded").valueStream().map(JsonNode::stringValue).toList()));
  }

  @Test
  void randomChoicesAreTheSameForASeed() {
    String line = "project trace.json --round-trip 1us --forward random:7 --share 50% --json";
    assertEquals(succeeds(line).out(), succeeds(line).out());
    assertEquals(
        2, json(line.replace(" --json", "")).get("systems").get(0).get("forwarded").size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "project trace.json --gain 0",
        "project trace.json --round-trip 5",
        "project trace.json --forward raed",
        "project trace.json --forward random:x",
        "project trace.json --share 90%",
        "project trace.json --forward all --share 90%",
        "project trace.json --forward all --kernel remora",
        "project trace.json --forward min-frequency --share 190%",
        "gain trace.json",
        "gain trace.json --measured -1",
        "gain trace.csv --measured 1",
        "queue",
        "queue --rate 5/s",
        "queue --rate 5/s --service 0s",
        "queue --rate 5/s --service 1ms --delegates 0",
        "queue --rate 5/s --service 1ms --gain 2",
        "queue --rate 5/s --service 1ms --simulate uniform",
        "sweep trace.json",
        "sweep trace.json --over 1..10",
        "sweep trace.json --over gain=10..1",
        "sweep trace.json --over gain=1",
        "sweep trace.json --over round-trip=0..1s:log",
        "sweep trace.json --over system-share=0..1",
        "sweep trace.json --over gain=1..2 --and gain=2..3",
        "sweep trace.json --over gain=1..2 --points 1",
        "sweep trace.json --over gain=1..2 -o chart.gif",
        "sweep trace.json --over share=0..1 --forward read",
        "sweep trace.json --over share=0..1 --share 50% --forward random",
        "sweep --over gain=1..2",
        "sweep --over calls",
        "sweep trace.json --over calls --and gain=1..2",
        "sweep --over round-trip=1us..2us --and gain=1..2",
        "sweep trace.json --over gain=1..2 --and share=0..1 --round-trip 5us --round-trip 6us",
        "sweep trace.json trace.json --over gain=1..2 --and share=0..1 --round-trip 5us",
        "sweep trace.json --over gain=1..2 --json -o -",
      })
  void refusesWhatItDoesNotUnderstand(String line) {
    Result refused = run(line);
    assertEquals(2, refused.status(), refused.err());
    assertTrue(refused.err().startsWith("error: ") && refused.err().contains("help: "));
    assertEquals("", refused.out());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "project missing.json",
        "project empty.json",
        "project none.json",
        "gain trace.json --measured 30 --round-trip 1us",
        "gain broken.csv",
        "gain missing.csv",
        "queue --rate 200000/s --service 10us",
        "queue --rate 1/s --service 10us --simulate pareto --calls 10",
        "queue trace.json --round-trip 1us --forward none",
      })
  void saysWhatCannotBe(String line) throws IOException {
    Files.writeString(folder.resolve("empty.json"), "{}");
    Files.writeString(
        folder.resolve("none.json"), TRACE.replaceAll("(?s)\"syscalls\".*", "\"syscalls\": []}"));
    Files.writeString(folder.resolve("broken.csv"), "a,b\n1,2\n");
    Result refused = run(line);
    assertEquals(125, refused.status(), refused.err());
    assertTrue(refused.err().startsWith("error: ") || refused.err().contains("\nerror: "));
    assertEquals("", refused.out());
  }

  /** S = 1.25 at 2·f_c = 5 µs with 102 calls forwarded: γ = 9000/6490. */
  @Test
  void solvesForTheGain() {
    JsonNode found =
        json("gain trace.json --measured 1.25 --round-trip 5us --forward write,openat");
    assertEquals(
        9000.0 / 6490.0,
        found.get("benchmarks").get(0).get("gain").get("2·f_c = 5 µs").doubleValue(),
        1e-12);
  }

  @Test
  void takesTheMedianOfASet() throws IOException {
    // with nothing forwarded: γ = 9000/(10000/S − 1000), so 1, 9000/7000, and none for 10
    Files.createDirectories(folder.resolve("set"));
    Files.writeString(folder.resolve("set/trace.json"), TRACE);
    Files.writeString(
        folder.resolve("set/set.csv"),
        """
        trace, measured
        trace.json, 1
        trace.json, 1.25
        trace.json, 1.25

        trace.json, 10
        """);
    Result result = succeeds("gain set/set.csv --round-trip 5us --forward none");
    assertTrue(lines(result).contains("median 1.2857"), result.out());
    assertTrue(lines(result).contains("trace.json 10.0000 -"), result.out());
    assertTrue(result.err().contains("No gain explains"), result.err());
  }

  /** λ = 60,000/s, 1/μ = 10 µs: W = 15 µs, ρ = 0.6. */
  @Test
  void waitsForADelegate() {
    Result result = succeeds("queue --delegators 3 --rate 20000/s --service 10us");
    assertEquals(
        List.of(
            "arrivals λ = 3 × 20,000/s = 60,000/s",
            "service 1/μ = 10 µs for a call; 1 delegate",
            "busy ρ = 60 % of the time; 60.0 % of the calls wait",
            "waiting W = 15.0 µs in the mean, added to each call's round trip",
            "queue 0.900 calls wait in the mean"),
        lines(result));
    JsonNode queue = json("queue --delegators 3 --rate 20000/s --service 10us --delegates 2");
    // a = 0.6, c = 2: C = (0.18·2/1.4)/(1.6 + 0.18·2/1.4) = 9/65; W = C/140,000 s
    assertEquals(9.0 / 65, queue.get("waiting_probability").doubleValue(), 1e-12);
    assertEquals(1e9 * 9 / 65 / 140_000, queue.get("waiting_ns").doubleValue(), 1e-6);
  }

  @Test
  void simulatesWhatTheFormulaDoesNotKnow() {
    String line = "queue --rate 50000/s --service 10us --calls 100000";
    double formula = json(line).get("waiting_ns").doubleValue();
    assertEquals(10_000, formula, 1e-6);
    JsonNode even = json(line + " --simulate deterministic").get("simulation");
    assertEquals(5000, even.get("waiting_ns").doubleValue(), 500); // half as long
    JsonNode alone = json(line + " --waiting").get("simulation");
    assertEquals(0, alone.get("waiting_ns").doubleValue());
    // twice what a delegate can serve is no matter to delegators that wait
    succeeds("queue --rate 200000/s --service 10us --waiting --calls 100000");
  }

  /**
   * All calls of the trace's two threads: λ = 2·162/10 ms = 32,400/s, 1/μ = 1000 µs/162, ρ = 0.2, W
   * = 0.2/(162,000 − 32,400) s = 1.543 µs.
   */
  @Test
  void takesTheRatesFromATrace() {
    JsonNode queue = json("queue trace.json --round-trip 5us --gain 1.5");
    assertEquals(2, queue.get("delegators").intValue());
    assertEquals(32_400, queue.get("arrivals_per_second").doubleValue(), 1e-6);
    assertEquals(162_000, queue.get("services_per_second").doubleValue(), 1e-6);
    assertEquals(1543.2098765, queue.get("waiting_ns").doubleValue(), 1e-6);
    // t_d = 6000 + 1000 + 162·(5 + 1.5432) µs
    assertEquals(
        10_000 / (7000 + 162 * 6.5432098765),
        queue.get("speedup_with_waiting").doubleValue(),
        1e-9);
    assertEquals(10_000 / 7810.0, queue.get("speedup").doubleValue(), 1e-12);
  }

  /** t_d = 9000/γ + 1000 + 102·5 µs. */
  @Test
  void sweepsOverTheGain() {
    Result result =
        succeeds(
            "sweep trace.json --over gain=1..2 --points 3 --round-trip 5us --forward write,openat");
    List<String> lines = lines(result);
    assertEquals("gain,naive,2·f_c = 5 µs", lines.getFirst());
    assertEquals("1.0,1.0," + 10e6 / 10_510e3, lines.get(1));
    assertEquals("1.5," + 1 / (0.1 + 0.9 / 1.5) + "," + 10e6 / 7_510e3, lines.get(2));
    assertEquals("2.0," + 1 / (0.1 + 0.9 / 2) + "," + 10e6 / 6_010e3, lines.get(3));
  }

  @Test
  void sweepsWriteDataAndCharts() throws IOException {
    String line = "sweep trace.json --over round-trip=1us..1s:log --and gain=1..2 --points 5";
    Result result = succeeds(line + " --forward all -o s.csv -o s.json -o s.svg -o s.png");
    assertEquals("", result.out());
    List<String> csv = Files.readAllLines(folder.resolve("s.csv"));
    assertEquals("round_trip_ns,gain,speedup", csv.getFirst());
    assertEquals(26, csv.size());
    JsonNode json = JsonMapper.shared().readTree(folder.resolve("s.json").toFile());
    assertEquals(5, json.get("speedup").size());
    assertTrue(Files.readString(folder.resolve("s.svg")).contains("forwarding all"));
    assertEquals((byte) 0x89, Files.readAllBytes(folder.resolve("s.png"))[0]);
    // each point of the line is where the speedup is 1: 9000/γ + 1000 + 162·2f_c = 10,000 µs
    assertTrue(json.get("breaks_even").size() > 0);
    for (JsonNode point : json.get("breaks_even")) {
      double nanos = 9e6 / point.get(1).doubleValue() + 1e6 + 162 * point.get(0).doubleValue();
      assertEquals(10e6, nanos, 1e-3);
    }
  }

  @Test
  void sweepsOverTheShareMarkTheLastThatPays() {
    // γ = 1.5, 2·f_c = 100 µs: 7000 + n·100 µs reaches 10,000 µs with 30 calls: openat and brk
    JsonNode line =
        json("sweep trace.json --over share=0..100% --points 5 --gain 1.5 --round-trip 100us")
            .get("lines")
            .get(0);
    assertEquals(0.5, line.get("breaks_even").doubleValue());
    assertEquals(10_000.0 / 8200, line.get("speedup").get(2).doubleValue(), 1e-12);
  }

  /** Where the line of speedup 1 is steep, it is solved for the other parameter. */
  @Test
  void theLineOfBreakEvenReachesTheEdges() {
    // 9000/γ + 1000 + 162·2f_c = 10,000 µs: 2·f_c is 27.8 µs for γ = 2 and 50 µs for γ = 10
    JsonNode points =
        json("sweep trace.json --over round-trip=1us..1s:log --and gain=2..10 --forward all"
                + " --points 4")
            .get("breaks_even");
    JsonNode first = points.get(0);
    JsonNode last = points.get(points.size() - 1);
    assertEquals(4.5e6 / 162, first.get(0).doubleValue(), 1e-6);
    assertEquals(2, first.get(1).doubleValue(), 1e-12);
    assertEquals(8.1e6 / 162, last.get(0).doubleValue(), 1e-6);
    assertEquals(10, last.get(1).doubleValue(), 1e-12);
  }

  @Test
  void sweepsToStandardOutputAndAFile() throws IOException {
    Result result = succeeds("sweep trace.json --over gain=1..2 --points 2 -o - -o both.csv");
    assertEquals(Files.readString(folder.resolve("both.csv")), result.out());
  }

  /** openat 2, brk 10, read 50, write 100. */
  @Test
  void saysHowOftenCallsAreMade() throws IOException {
    assertEquals(
        List.of(
            "program,calls,share",
            "trace.json,2,0.25",
            "trace.json,10,0.5",
            "trace.json,50,0.75",
            "trace.json,100,1.0"),
        lines(succeeds("sweep trace.json --over calls")));
    succeeds("sweep trace.json --over calls -o c.svg");
    assertTrue(Files.readString(folder.resolve("c.svg")).contains("so often at most"));
    assertEquals(4, json("sweep trace.json --over calls").get("trace.json").size());
  }

  @Test
  void sweepsTheNaiveModelWithoutATrace() {
    Result result = succeeds("sweep --over system-share=0..1 --and gain=1..10 --points 2");
    assertEquals(
        List.of(
            "system_share,gain,speedup",
            "0.0,1.0,1.0",
            "1.0,1.0,1.0",
            "0.0,10.0,10.0",
            "1.0,10.0,1.0"),
        lines(result));
  }

  @Test
  void readsWhatStraceWrote() throws IOException {
    Files.writeString(
        folder.resolve("strace.log"),
        """
        100 1000.000000 read(0, "a", 1) = 1 <0.000100>
        100 1000.500000 write(1, "a", 1) = 1 <0.000200>
        100 1001.000000 exit_group(0) = ?
        100 1001.000000 +++ exited with 0 +++
        """);
    assertEquals(3, json("project strace.log --round-trip 1us").get("calls").intValue());
  }

  @Test
  void theFamilyHasAPageOfItsOwn() {
    String page = new Typed(folder).run("speedup", "--help").out();
    for (String verb : Arrays.asList("project", "gain", "queue")) {
      assertTrue(page.contains("speedup " + verb), page);
    }
  }
}
