package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
import dev.diver.e2e.Shell;
import dev.diver.kernels.syscall.SyscallTable;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.statistics.descriptive.Median;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the speedup model and the tools around it promise. */
final class SpeedupBenchmark {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Path INTERPOSER =
      Shell.ROOT.resolve("deploy-modes/interpose/build/diver-interpose");

  private static final int RUNS = 5;
  private static final int RECORDINGS = 3;
  private static final int SWEEPS = 5;
  private static final int CALLS_OF_A_TRACE = 400;
  private static final long GIGABYTE = 1_000_000_000;
  private static final long SAMPLE_MILLIS = 20;

  private final Shell shell;
  private final List<Row> rows;

  /** Adds its rows to these. */
  SpeedupBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  void run() throws Exception {
    accuracy("emulated", 0.5, 3);
    Expect.success(shell.diver("calibrate", "--mode", "partitioned-vm"));
    accuracy("partitioned-vm", 0.7, 3.82); // what the paper reaches on McKernel
    floor();
    recordings();
    importing();
    sweep();
  }

  /** The mean error of the refined model, in percent. */
  private void accuracy(String mode, double goalOfMedian, double goalOfOne)
      throws IOException, InterruptedException {
    // longer than any command of a test
    Process validating =
        shell.start(
            "sh",
            "-c",
            "exec \"$0\" speedup validate --mode \"$1\" --repeat \"$2\" --json > validation.json",
            Shell.DIVER,
            mode,
            Integer.toString(RUNS));
    if (validating.waitFor() != 0) {
      throw new IllegalStateException("speedup validate ended with " + validating.exitValue());
    }
    JsonNode validation =
        JSON.readTree(Files.readAllBytes(shell.folder().resolve("validation.json")));
    for (JsonNode omitted : validation.get("omitted")) {
      System.out.println("not run: " + omitted);
    }
    error(validation, mode, "median", "γ the median of the set", goalOfMedian);
    error(validation, mode, "leave_one_out", "γ the median of the others", goalOfMedian);
    error(validation, mode, "given", "γ = 1", goalOfOne);
  }

  private void error(JsonNode validation, String mode, String source, String title, double goal) {
    JsonNode accuracy = validation.at("/accuracy_percent/" + source);
    double refined = accuracy.get("refined").asDouble();
    rows.add(
        new Row(
            "error of the refined model, " + mode + ", " + title,
            "measured, " + validation.get("benchmarks").size() + " benchmarks",
            String.format(
                "accuracy %.2f %% (naïve %.2f %%)", refined, accuracy.get("naive").asDouble()),
            100 - refined,
            "%",
            goal,
            false));
  }

  private void floor() {
    JsonNode floor = JSON.readTree(shell.run(INTERPOSER.toString(), "--floor").output());
    double micros = floor.get("floor_ns").asDouble() / 1e3;
    rows.add(
        new Row(
            "least round trip of the emulated mode",
            "mktrace 6.3 µs",
            String.format("%.2f µs", micros),
            micros,
            "µs",
            3,
            false));
  }

  private void recordings() throws Exception {
    Expect.success(shell.run("sh", "-c", "yes 'to be packed' | nl | head -c 256M > big"));
    recording("bzip2 of 256 MB", "bzip2", "-k", "-f", "big");
    recording("dd bs=1 count=1M", "dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1M");
  }

  /** How much longer a recorded run takes than one that is not recorded. */
  private void recording(String what, String... command) throws Exception {
    String[] words =
        join(List.of("trace", "-o", "recorded.json", "--repeat", "" + RECORDINGS, "--"), command);
    Expect.success(shell.diver(words));
    JsonNode trace = JSON.readTree(Files.readAllBytes(shell.folder().resolve("recorded.json")));
    double ours = trace.get("slowdown").asDouble();
    double theirs =
        Pairs.measure(
                RECORDINGS,
                () -> Expect.success(shell.run(join(List.of("strace", "-c", "-f", "-w"), command))),
                () -> Expect.success(shell.run(command)))
            .ratio();
    rows.add(
        new Row(
            "slowdown from diver trace of " + what,
            "strace -c -f -w",
            String.format("%+.2f %% / %+.2f %%", 100 * (ours - 1), 100 * (theirs - 1)),
            Math.max(0, ours - 1) / (theirs - 1),
            "x",
            0.2,
            false));
  }

  private void importing() throws IOException, InterruptedException {
    Path log = shell.folder().resolve("strace.log");
    writeLog(log);
    long start = System.nanoTime();
    Process importer =
        shell.start(
            Shell.DIVER, "trace", "import", log.toString(), "--wall", "60s", "-o", "imported.json");
    double peak = 0;
    while (importer.isAlive()) {
      peak = Math.max(peak, peakMegabytes(importer.pid()));
      Thread.sleep(SAMPLE_MILLIS);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (importer.exitValue() != 0) {
      throw new IllegalStateException("trace import ended with " + importer.exitValue());
    }
    double megabytes = Files.size(log) / 1e6;
    Files.delete(log);
    rows.add(
        new Row(
            "importing 1 GB of strace -f -T",
            "100 MB/s",
            String.format("%.0f MB/s", megabytes / seconds),
            seconds,
            "s",
            10,
            false));
    rows.add(
        new Row(
            "memory while importing 1 GB",
            "-",
            String.format("%.0f MB", peak),
            peak,
            "MB",
            200,
            false));
  }

  /** As proc(5) has it, before the process is gone. */
  private static double peakMegabytes(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024 / 1e6)
          .findFirst()
          .orElse(0);
    } catch (IOException | java.io.UncheckedIOException gone) {
      return 0;
    }
  }

  private static void writeLog(Path log) throws IOException {
    Random random = new Random(1);
    long written = 0;
    try (Writer out = Files.newBufferedWriter(log)) {
      while (written < GIGABYTE) {
        int bytes = random.nextInt(4097);
        String line =
            String.format(
                "%d read(%d, \"to be packed\"..., 4096) = %d <0.%06d>\n",
                4000 + random.nextInt(4), 3 + random.nextInt(5), bytes, random.nextInt(90));
        // one in a block of many, so that writing takes no longer than reading
        out.write(line.repeat(100));
        written += 100L * line.length();
      }
    }
  }

  private void sweep() throws IOException {
    Files.write(shell.folder().resolve("long.json"), JSON.writeValueAsBytes(longTrace()));
    String[] words = {
      "speedup",
      "sweep",
      "long.json",
      "--over",
      "gain=1..10",
      "--and",
      "round-trip=1ns..10s:log",
      "--forward",
      "all",
      "-o",
      "sweep.csv",
      "-o",
      "sweep.svg",
      "-o",
      "sweep.png"
    };
    Expect.success(shell.diver(words));
    double[] seconds = new double[SWEEPS];
    for (int i = 0; i < SWEEPS; i++) {
      long start = System.nanoTime();
      Expect.success(shell.diver(words));
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    double median = Median.withDefaults().evaluate(seconds);
    rows.add(
        new Row(
            "200 x 200 sweep over 400 calls, CSV, SVG, PNG",
            "-",
            String.format("%.2f s", median),
            median,
            "s",
            1,
            false));
  }

  private static ObjectNode longTrace() {
    ObjectNode trace = JSON.createObjectNode();
    trace.put("version", 1).put("recorder", "made up").put("wall_ns", GIGABYTE);
    trace.put("lifetime_ns", GIGABYTE).putArray("command");
    ArrayNode calls = trace.putArray("syscalls");
    List<String> names = new ArrayList<>(SyscallTable.names());
    for (int i = names.size(); i < CALLS_OF_A_TRACE; i++) {
      names.add("syscall_" + (1000 + i)); // Linux has not that many yet
    }
    for (int i = 0; i < CALLS_OF_A_TRACE; i++) {
      calls.addObject().put("name", names.get(i)).put("calls", i + 1).put("service_ns", 1000 * i);
    }
    return trace;
  }

  private static String[] join(List<String> first, String... second) {
    return Stream.concat(first.stream(), Stream.of(second)).toArray(String[]::new);
  }
}
