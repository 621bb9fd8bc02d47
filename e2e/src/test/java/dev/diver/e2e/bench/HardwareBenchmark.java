package dev.diver.e2e.bench;

import dev.diver.e2e.Expect;
import dev.diver.e2e.Node;
import dev.diver.e2e.NodeAgent;
import dev.diver.e2e.Programs;
import dev.diver.e2e.Shell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.apache.commons.statistics.descriptive.Median;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What dividing a machine that runs costs: each change of an enclave next to what that machine's
 * Linux takes for its part of it, in turn. The agent is called on the machine itself, so that no
 * connection is measured.
 */
final class HardwareBenchmark {

  private static final JsonMapper JSON = new JsonMapper();

  private static final int RUNS = 11;
  private static final int CALIBRATIONS = 7;
  private static final int TRIALS = 10_000;

  /** Seconds, and nanoseconds from which on a pause is a detour. */
  private static final String NOISE = "5 10000 quiet";

  private static final String NAME = "bench";

  /** One core, 128 MiB. */
  private static final String SIZE = "--cores 3 --pages 64";

  private static final String ONLINE = "/sys/devices/system/cpu/cpu3/online";

  /** A part of Linux's cores with no balancing of load, as of 6.1 (cgroup-v2, cpuset.partition). */
  private static final String ISOLATED = "/sys/fs/cgroup/isolated";

  private final Shell shell;
  private final List<Row> rows;

  /** Adds its rows to these. */
  HardwareBenchmark(Shell shell, List<Row> rows) {
    this.shell = shell;
    this.rows = rows;
  }

  void run() throws IOException {
    Programs.compile(shell, "timed");
    Programs.compile(shell, "noise", "-pthread");
    Programs.compile(shell, "sizes", "-pthread");
    Path folder = shell.folder();
    try (Node node = Node.boot(folder.resolve("node"), "--share", folder.toString())) {
      Shell user = node.reachedBy(shell);
      dive(user, "/bin/busybox", "--", "true"); // brings the agent and the kernel
      NodeAgent agent = NodeAgent.on(node);
      boots(node, agent);
      changes(node, agent);
      forwarding(user);
      noise(node, user);
    }
  }

  private static double milliseconds(Node node, Path folder, String what) {
    return Double.parseDouble(node.ask(folder.resolve("timed") + " " + what).strip());
  }

  /** The milliseconds that a change takes, the agent's own start included. */
  private double resized(Node node, NodeAgent agent, String change) {
    return milliseconds(node, shell.folder(), "-- " + agent.resize(NAME, change));
  }

  private void boots(Node node, NodeAgent agent) {
    Figures figures =
        Figures.measure(
            RUNS,
            () -> {
              String report =
                  node.ask(
                      agent.start(NAME, SIZE, "/bin/busybox", "true")
                          + " >/dev/null; grep '\"enclave\"' "
                          + NodeAgent.folder(NAME)
                          + "/report");
              return JSON.readTree(report).get("app_start_us").asDouble() / 1e3;
            },
            () -> {
              double offline = milliseconds(node, shell.folder(), ONLINE + " 0");
              node.ask("echo 1 >" + ONLINE);
              return offline;
            });
    rows.add(figures.time("co-kernel of 1 core, 128 MiB, its boot", "Pisces 266 ms", 60));
    rows.add(figures.ratio("co-kernel of 1 core, 128 MiB, its boot", "that core's offlining", 1.5));
  }

  private void changes(Node node, NodeAgent agent) {
    String app = shell.folder().resolve("sizes").toString();
    node.ask(agent.start(NAME, SIZE + " --detach", app, "1"));
    try {
      double[] linuxOnline = new double[RUNS];
      double[] added = new double[RUNS];
      double[] removed = new double[RUNS];
      double[] linuxOffline = new double[RUNS];
      double[] grown = new double[RUNS];
      double[] shrunk = new double[RUNS];
      for (int i = 0; i < RUNS; i++) {
        String core2 = ONLINE.replace("cpu3", "cpu2");
        linuxOffline[i] = milliseconds(node, shell.folder(), core2 + " 0");
        linuxOnline[i] = milliseconds(node, shell.folder(), core2 + " 1");
        added[i] = resized(node, agent, "--cpus +2-2");
        removed[i] = resized(node, agent, "--cpus -2-2");
        grown[i] = resized(node, agent, "--memory +128M");
        shrunk[i] = resized(node, agent, "--memory -128M");
      }
      Figures adding = new Figures(added, linuxOffline);
      Figures removing = new Figures(removed, linuxOnline);
      rows.add(adding.time("add a core to a co-kernel", "Pisces 33.7 ms", 30));
      rows.add(adding.ratio("add a core to a co-kernel", "Linux's own offlining", 1.3));
      rows.add(removing.time("remove a core from a co-kernel", "RainForest 54 ms", 30));
      rows.add(removing.ratio("remove a core from a co-kernel", "Linux's own onlining", 1.3));
      rows.add(new Figures(grown, grown).time("add 128 MiB to a co-kernel", "Pisces 82.7 ms", 40));
      rows.add(new Figures(shrunk, shrunk).time("remove 128 MiB from a co-kernel", "–", 40));
    } finally {
      node.ask(agent.stop(NAME) + "; rm -rf " + NodeAgent.folder(NAME));
    }
  }

  private void forwarding(Shell user) {
    Figures calls =
        Figures.measure(
            CALIBRATIONS,
            () -> getpid(user, "partitioned-hardware", "--host", Node.HOST),
            () -> getpid(user, "partitioned-vm"));
    rows.add(calls.ratio("forwarded getpid, partitioned hardware", "partitioned VM", "µs", 1.1));
  }

  /** In microseconds, in all. */
  private static double getpid(Shell user, String mode, String... more) {
    List<String> words = new ArrayList<>(List.of("calibrate", "--mode", mode, "--json"));
    words.addAll(List.of("--trials", Integer.toString(TRIALS)));
    words.addAll(List.of(more));
    JsonNode profile =
        JSON.readTree(Expect.success(user.diver(words.toArray(String[]::new))).output());
    JsonNode calls = profile.get(0).get("calls");
    return DelegationBenchmark.named(calls, "name", "getpid").get("total_ns").asDouble() / 1e3;
  }

  private void noise(Node node, Shell user) {
    node.load();
    try {
      String[] words = ("noise -- " + NOISE).split(" ");
      List<String> options = new ArrayList<>(List.of("--cpus", "3-3"));
      options.addAll(List.of(words));
      JsonNode ours = JSON.readTree(dive(user, options.toArray(String[]::new)));
      JsonNode theirs = JSON.readTree(isolated(node));
      rows.add(
          Row.noise(
              "noise in 5 s, load on Linux's cores: detours, longest",
              "on an isolated core of that Linux",
              ours,
              theirs));
    } finally {
      node.unload();
    }
  }

  private String isolated(Node node) {
    node.ask(
        ("echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control; mkdir %1$s;"
                + " echo 3 >%1$s/cpuset.cpus; echo isolated >%1$s/cpuset.cpus.partition;"
                + " grep -qx isolated %1$s/cpuset.cpus.partition")
            .formatted(ISOLATED));
    try {
      return node.ask(
          "sh -c 'echo $$ >%s/cgroup.procs; exec %s %s'"
              .formatted(ISOLATED, shell.folder().resolve("noise"), NOISE));
    } finally {
      node.ask("echo member >%1$s/cpuset.cpus.partition; rmdir %1$s".formatted(ISOLATED));
    }
  }

  /** The times of two things that took turns. */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared as a whole
  private record Figures(double[] ours, double[] theirs) {

    static Figures measure(int runs, DoubleSupplier ours, DoubleSupplier theirs) {
      Figures figures = new Figures(new double[runs], new double[runs]);
      for (int i = 0; i < runs; i++) {
        figures.ours[i] = ours.getAsDouble();
        figures.theirs[i] = theirs.getAsDouble();
      }
      return figures;
    }

    Row time(String what, String against, double goal) {
      return new Row(
          what, against, String.format("%.1f ms", median(ours)), median(ours), "ms", goal, false);
    }

    Row ratio(String what, String against, double goal) {
      return ratio(what, against, "ms", goal);
    }

    Row ratio(String what, String against, String unit, double goal) {
      String measured =
          String.format("%.2f %s / %.2f %s", median(ours), unit, median(theirs), unit);
      return new Row(what, against, measured, median(ours) / median(theirs), "x", goal, false);
    }

    private static double median(double[] values) {
      return Median.withDefaults().evaluate(values);
    }
  }

  private static byte[] dive(Shell user, String... words) {
    List<String> all = new ArrayList<>(List.of("dive", "--mode", "partitioned-hardware"));
    all.addAll(List.of("--host", Node.HOST, "--kernel", "remora"));
    all.addAll(List.of(words));
    return Expect.success(user.diver(all.toArray(String[]::new))).output();
  }
}
