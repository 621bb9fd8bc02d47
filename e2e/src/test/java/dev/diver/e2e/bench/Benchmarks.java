package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
import dev.diver.e2e.KernelPackages;
import dev.diver.e2e.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.statistics.descriptive.Median;
import tools.jackson.databind.json.JsonMapper;

/**
 * Measures what the README promises, side by side in one run, prints the table and writes JSON.
 *
 * <p>A figure that misses its goal is printed as such and does not fail the run: how fast this
 * machine is today is no property of the code.
 */
public final class Benchmarks {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int PROCESS_RUNS = 21;
  private static final int TRANSFER_RUNS = 9;
  private static final int DIVE_RUNS = 11;

  private final Shell shell;
  private final Servers servers;
  private final List<Row> rows = new ArrayList<>();

  private Benchmarks(Shell shell, Servers servers) {
    this.shell = shell;
    this.servers = servers;
  }

  /**
   * Takes the path of the JSON file to write, and the names of the benchmarks to run with commas
   * between them; all where there are none.
   */
  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("diver-benchmark");
    try {
      Shell shell = new Shell(folder, Map.of("DIVER_HOME", folder.resolve("home").toString()));
      try (Servers servers = Servers.start(shell)) {
        Benchmarks benchmarks =
            new Benchmarks(shell.with("DIVER_CATALOG", "http://" + servers.catalog()), servers);
        try {
          benchmarks.run(args.length > 1 ? args[1] : "");
        } finally {
          benchmarks.print(Path.of(args[0])); // what was measured, also where something failed
        }
      }
    } finally {
      Expect.deleted(folder);
    }
  }

  private void run(String only) throws Exception {
    Map<String, Pairs.Action> all = new LinkedHashMap<>();
    all.put("start-up", this::startUp);
    all.put("recognize", () -> new RecognizeBenchmark(shell, rows).run());
    all.put("dives", this::dives);
    all.put("kernels", () -> new KernelBenchmark(shell, rows).run());
    all.put("delegation", () -> new DelegationBenchmark(shell, rows).run());
    all.put("hardware", () -> new HardwareBenchmark(shell, rows).run());
    all.put("speedup", () -> new SpeedupBenchmark(shell, rows).run());
    all.put("compose", () -> new ComposeBenchmark(shell, rows).run());
    all.put("stream", () -> new StreamBenchmark(shell, rows).run());
    all.put("transfers", this::transfers);
    all.put("search", () -> rows.add(SearchBenchmark.run(shell.folder().resolve("search"))));
    List<String> names = only.isBlank() ? List.copyOf(all.keySet()) : List.of(only.split(","));
    if (!all.keySet().containsAll(names)) {
      throw new IllegalArgumentException(only + " is not of " + all.keySet());
    }
    for (Path kernel : List.of(KernelPackages.REMORA, KernelPackages.LINUX)) {
      KernelPackages.publish(shell, kernel);
      diver("pull", String.valueOf(kernel.getFileName()));
    }
    awaitStartUpCaches();
    for (String name : names) {
      Objects.requireNonNull(all.get(name)).run();
    }
  }

  private void startUp() throws Exception {
    Pairs.Action skopeo = () -> must("skopeo", "--version");
    rows.add(
        Pairs.measure(PROCESS_RUNS, () -> diver("--version"), skopeo)
            .row("diver --version", "skopeo --version", 3));
    rows.add(
        Pairs.measure(PROCESS_RUNS, () -> diver("images"), skopeo)
            .row("diver images", "skopeo --version", 6));
  }

  /** The launcher makes its caches in the background, when a command first wants one. */
  private void awaitStartUpCaches() {
    String lock = Shell.ROOT.resolve("diver-cli/target/aot/lock").toString();
    for (int i = 0; i < 2; i++) {
      for (String command : List.of("images", "search", "compose")) {
        diver(command, "--help");
        must("flock", lock, "true");
      }
    }
  }

  private void dives() throws Exception {
    diver("new", "hello", "--kernel", "remora", "--template", "hello");
    Benchmarks net = new Benchmarks(shell.in(shell.folder().resolve("hello")), servers);
    net.diver("build");
    String bare = net.diver("dive", "--dry-run").text();
    Pairs pairs =
        Pairs.measure(
            DIVE_RUNS, () -> net.diver("dive"), () -> net.must("sh", "-c", bare + " 2>&1"));
    rows.add(
        pairs.row(
            "diver dive of a net",
            "the QEMU command of --dry-run",
            1.10,
            pairs.ourMedian() - pairs.theirMedian() <= 150));
    double[] boots = new double[DIVE_RUNS];
    for (int i = 0; i < DIVE_RUNS; i++) {
      Path report = shell.folder().resolve("report.json");
      net.diver("dive", "--report-file", report.toString());
      boots[i] = JSON.readTree(report.toFile()).at("/boot_us").asDouble() / 1000;
    }
    double boot = Median.withDefaults().evaluate(boots);
    rows.add(
        new Row(
            "remora: kernel entry to the app's first instruction",
            "-",
            String.format("%.1f ms", boot),
            boot,
            "ms",
            20,
            false));
  }

  private void transfers() throws Exception {
    String ours = "docker://" + servers.catalog() + "/big:1";
    String theirs = "docker://" + servers.registry() + "/big:1";
    // A blob that a server has is not sent again, so each run pushes content of its own.
    List<String> contents = layouts(TRANSFER_RUNS + 1);
    Iterator<String> toOurs = contents.iterator();
    Iterator<String> toTheirs = contents.iterator();
    rows.add(
        Pairs.measure(
                TRANSFER_RUNS, () -> push(toOurs.next(), ours), () -> push(toTheirs.next(), theirs))
            .row("skopeo push of 64 MiB to the catalog", "docker-registry", 1.0));
    rows.add(
        Pairs.measure(TRANSFER_RUNS, () -> pull(ours), () -> pull(theirs))
            .row("skopeo pull of 64 MiB from the catalog", "docker-registry", 1.0));

    diver("publish", bigKernel().toString());
    String big = "docker://" + servers.catalog() + "/big-kernel:0.1.0";
    rows.add(
        Pairs.measure(
                TRANSFER_RUNS,
                () -> {
                  Expect.deleted(shell.folder().resolve("pulled"));
                  must("env", "DIVER_HOME=pulled", Shell.DIVER, "pull", "big-kernel:0.1.0");
                },
                () -> pull(big))
            .row("diver pull of 64 MiB", "skopeo pull from the same server", 1.0));
  }

  private List<String> layouts(int count) {
    List<String> layouts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      must("sh", "-c", "head -c 64M /dev/urandom | gzip -1 > layer.tar.gz");
      must("skopeo", "copy", "-q", "tarball:layer.tar.gz", "oci:layout-" + i + ":big");
      layouts.add("oci:layout-" + i + ":big");
    }
    return layouts;
  }

  private void push(String from, String to) {
    must("skopeo", "copy", "-q", "--dest-tls-verify=false", from, to);
  }

  private void pull(String from) throws IOException {
    Path into = shell.folder().resolve("pulled-by-skopeo");
    Expect.deleted(into);
    must("skopeo", "copy", "-q", "--src-tls-verify=false", from, "oci:" + into + ":big");
  }

  /** A kernel package whose image is remora's with 64 MiB of noise behind it. */
  private Path bigKernel() {
    Path kernel = KernelPackages.copyOfRemora(shell, "big-kernel");
    must("sh", "-c", "head -c 64M /dev/urandom >> big-kernel/build/remora.elf");
    return kernel;
  }

  private Shell.Result diver(String... args) {
    return Expect.success(shell.diver(args));
  }

  private Shell.Result must(String... command) {
    return Expect.success(shell.run(command));
  }

  private void print(Path json) throws IOException {
    System.out.printf("%-52s %-34s %-18s %9s %9s%n", "what", "against", "median", "figure", "goal");
    for (Row row : rows) {
      System.out.printf(
          "%-52s %-34s %-18s %6.2f %-2s %6.2f %s%n",
          row.what(),
          row.against(),
          row.measured(),
          row.figure(),
          row.unit(),
          row.goal(),
          row.reached() ? "reached" : "missed");
    }
    JSON.writerWithDefaultPrettyPrinter().writeValue(json.toFile(), rows);
  }
}
