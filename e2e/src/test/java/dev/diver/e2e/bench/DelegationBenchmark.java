package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
import dev.diver.e2e.Programs;
import dev.diver.e2e.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.statistics.descriptive.Median;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a partitioned VM promises: forwarding, boot, computing and quiet, each next to the Linux in
 * the same machine ({@code --native}) and in turn with it.
 */
final class DelegationBenchmark {

  private static final JsonMapper JSON = new JsonMapper();

  private static final int TRIALS = 10_000;
  private static final int BOOTS = 7;
  private static final int COMPUTATIONS = 3;
  private static final long MIB = 1 << 20;

  /** Seconds, and nanoseconds from which on a pause is a detour. */
  private static final List<String> NOISE = List.of("5", "10000");

  private final Shell shell;
  private final List<Row> rows;

  /** Adds its rows to these. */
  DelegationBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  void run() throws IOException {
    forwarding();
    boots();
    computing(1);
    noise("quiet", 1);
    computing(2);
    noise("busy", 2);
  }

  /** Four rows from one delegation profile. */
  private void forwarding() {
    JsonNode profile =
        json(Expect.success(
                shell.diver(
                    "calibrate",
                    "--mode",
                    "partitioned-vm",
                    "--trials",
                    Integer.toString(TRIALS),
                    "--json")))
            .get(0);
    JsonNode getpid = named(profile.get("calls"), "name", "getpid");
    double total = getpid.get("total_ns").asDouble();
    double service = getpid.get("service_ns").asDouble();
    double local = getpid.get("local_ns").asDouble();
    double pingPong = profile.get("ping_pong_ns").asDouble();
    rows.add(
        ratio("forwarded getpid", "a cache line there and back", total, pingPong, 1e3, "µs", 2.5));
    rows.add(
        new Row(
            "forwarded getpid",
            "HobbesIO 3.92, McKernel 6.28 µs",
            String.format(
                "round trip %.2f µs", getpid.at("/round_trip/median_ns").asDouble() / 1e3),
            total / 1e3,
            "µs",
            1.5,
            false));
    rows.add(
        ratio("getpid that remora handles", "getpid on that Linux", local, service, 1, "ns", 0.5));
    JsonNode mib =
        named(named(profile.get("payloads"), "call", "write").get("points"), "bytes", "" + MIB);
    rows.add(
        ratio(
            "forwarded write of 1 MiB",
            "the same write on that Linux",
            mib.get("total_ns").asDouble(),
            mib.get("service_ns").asDouble(),
            1e3,
            "µs",
            1.1));
  }

  private void boots() throws IOException {
    Path program = Programs.compile(shell, "main_time");
    double[] partition = new double[BOOTS];
    double[] linux = new double[BOOTS];
    double[] kernel = new double[BOOTS];
    for (int i = 0; i < BOOTS; i++) {
      Dived ours = dived("--mode", "partitioned-vm", "--kernel", "remora", program.toString());
      Dived theirs = dived("--mode", "full-vm", "--kernel", "linux", program.toString());
      partition[i] = ours.report().get("app_start_us").asDouble() / 1e3;
      kernel[i] = ours.printed().get("main_ns").asDouble() / 1e6;
      linux[i] = theirs.report().get("app_start_us").asDouble() / 1e3;
    }
    rows.add(
        new Row(
            "co-kernel, INIT to the app's main",
            "Pisces 266 ms",
            String.format("%.1f ms", median(kernel)),
            median(kernel),
            "ms",
            30,
            false));
    rows.add(
        ratio(
            "partitioned VM, start to the app",
            "the same Linux to its init",
            median(partition),
            median(linux),
            1,
            "ms",
            1.15));
  }

  /** How much longer remora takes for the same work. */
  private void computing(int threads) {
    Path program = Programs.compile(shell, "lu", "-fopenmp");
    String[] args = {"512", Integer.toString(threads)};
    double[] ours = new double[COMPUTATIONS];
    double[] theirs = new double[COMPUTATIONS];
    for (int i = 0; i < COMPUTATIONS; i++) {
      ours[i] = json(dive(List.of(), threads, program, args)).get("gflops").asDouble();
      theirs[i] = json(dive(List.of("--native"), threads, program, args)).get("gflops").asDouble();
    }
    rows.add(
        new Row(
            "LU, " + threads + (threads == 1 ? " thread" : " threads") + ", time on remora",
            "on the Linux in the same VM",
            String.format("%.3f / %.3f GFLOP/s", median(ours), median(theirs)),
            median(theirs) / median(ours),
            "x",
            1.0,
            false));
  }

  private void noise(String neighbour, int cores) {
    Path program = Programs.compile(shell, "noise", "-pthread");
    String[] args = Stream.concat(NOISE.stream(), Stream.of(neighbour)).toArray(String[]::new);
    JsonNode ours = json(dive(List.of(), cores, program, args));
    JsonNode theirs = json(dive(List.of("--native"), cores, program, args));
    rows.add(
        Row.noise(
            "noise in 5 s, neighbour " + neighbour + ": detours, longest",
            "on the Linux in the same VM",
            ours,
            theirs));
  }

  private static Row ratio(
      String what,
      String against,
      double ours,
      double theirs,
      double scale,
      String unit,
      double goal) {
    String measured = String.format("%.2f %s / %.2f %s", ours / scale, unit, theirs / scale, unit);
    return new Row(what, against, measured, ours / theirs, "x", goal, false);
  }

  private Shell.Result dive(List<String> options, int cores, Path program, String... args) {
    List<String> words = new ArrayList<>(List.of("dive", "--mode", "partitioned-vm"));
    words.addAll(List.of("--kernel", "remora", "--cpus", Integer.toString(cores)));
    words.addAll(options);
    words.add(program.toString());
    words.add("--");
    words.addAll(List.of(args));
    return Expect.success(shell.diver(words.toArray(String[]::new)));
  }

  /** A dive's report, and the JSON that its app has printed. */
  private record Dived(JsonNode report, JsonNode printed) {}

  private Dived dived(String... words) throws IOException {
    Path file = shell.folder().resolve("delegation.json");
    Shell.Result result =
        Expect.success(
            shell.diver(
                Stream.concat(Stream.of("dive", "--report-file", file.toString()), Stream.of(words))
                    .toArray(String[]::new)));
    return new Dived(JSON.readTree(Files.readAllBytes(file)), json(result));
  }

  private static JsonNode json(Shell.Result printed) {
    return JSON.readTree(printed.output());
  }

  /** The element whose field of this name has that value. */
  static JsonNode named(JsonNode array, String key, String value) {
    for (JsonNode element : array) {
      if (element.get(key).asString().equals(value)) {
        return element;
      }
    }
    throw new IllegalStateException("no " + key + " " + value + " in " + array);
  }

  private static double median(double[] values) {
    return Median.withDefaults().evaluate(values);
  }
}
