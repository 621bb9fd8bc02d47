package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * "The hardware": a machine of four cores with a stock Debian kernel, reached by ssh as any other
 * would be (e2e/node/start). Its Linux owns all of it when it has booted, and has to again whenever
 * {@link #expectAsBooted} is asked.
 */
public final class Node implements AutoCloseable {

  /** As behind {@code --host}. */
  public static final String HOST = "ssh://node";

  /** 0 and 1 on the first NUMA node, 2 and 3 on the second one. */
  public static final int CORES = 4;

  /** A PCI device that a driver of Linux has, alone in its IOMMU group. */
  static final String DRIVEN_DEVICE = "0000:00:10.0";

  /** One without a driver, alone in its group: QEMU's edu. */
  static final String FREE_DEVICE = "0000:00:11.0";

  /** One that shares its group with another behind the same bridge. */
  static final String GROUPED_DEVICE = "0000:01:01.0";

  private static final Pattern SSH = Pattern.compile("export DIVER_SSH='(.*)'");

  /**
   * What a kernel that is emulated on a busy machine says of its clocks, whatever is done to it.
   */
  private static final Pattern OF_EMULATION =
      Pattern.compile("hrtimer: interrupt took \\d+ ns|clocksource: |.*TSC.*unstable.*");

  /** One computes, one makes processes as a compiler's driver does, one fills and frees memory. */
  private static final List<String> LOAD =
      List.of(
          "while :; do sha256sum /bin/busybox; done",
          "while :; do for i in 1 2 3 4 5 6 7 8; do sh -c 'echo $((i * i))'; done | sort -n; done",
          "mkdir -p ~/load; cd ~/load; while :; do"
              + " for i in 1 2 3 4 5 6 7 8; do head -c 4M /dev/urandom >$i; done;"
              + " cat * | gzip -1 | gunzip | wc -c; rm -f *; done");

  /** There: the process groups of the load. */
  private static final String LOADS = "~/loads";

  /** Of what Linux keeps for itself when it has been busy. */
  private static final long SLACK_KIB = 64 << 10;

  private static final String AGENTS = "ps | grep '[d]iver-agent' || true";

  /** Who gives back what a killed agent had taken has some tenths of a second to do. */
  private static final Duration AGENT_GONE_WITHIN = Duration.ofSeconds(10);

  private static final Duration UP_WITHIN = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Process machine;
  private final Path folder;
  private final String ssh;
  private final long available;

  private Node(Process machine, Path folder, String ssh) {
    this.machine = machine;
    this.folder = folder;
    this.ssh = ssh;
    forgetLog();
    this.available = availableKib();
  }

  /**
   * Boots one; options as of e2e/node/start.
   *
   * @param folder for its keys and console, new
   */
  public static Node boot(Path folder, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(Shell.ROOT.resolve("e2e/node/start").toString()));
    command.addAll(List.of(options));
    command.add(folder.toString());
    // it ends with its input, so at the latest with this process
    Process machine =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader output = machine.inputReader(StandardCharsets.UTF_8);
    Matcher said = SSH.matcher(Objects.requireNonNullElse(output.readLine(), ""));
    assertTrue(said.matches(), "the node did not start");
    return new Node(machine, folder, said.group(1));
  }

  /** The user, who reaches the node by the name node. */
  public Shell reachedBy(Shell user) {
    return user.with("DIVER_SSH", ssh);
  }

  /** Runs a line of sh there, as root. */
  public Shell.Result run(String line) {
    List<String> command = new ArrayList<>(List.of(ssh.split(" ")));
    for (String option :
        List.of(
            "ControlMaster=auto",
            "ControlPersist=60",
            "ControlPath=" + folder.resolve("control"),
            "ConnectTimeout=20",
            "ServerAliveInterval=5",
            "LogLevel=ERROR")) {
      command.addAll(List.of("-o", option));
    }
    command.addAll(List.of("node", line));
    return new Shell(folder, Map.of()).run(command.toArray(String[]::new));
  }

  /** What a line of sh that succeeds prints there. */
  public String ask(String line) {
    return Expect.success(run(line)).text();
  }

  /** Restarts it as a user would that lost patience; returns when it is up again. */
  public void reboot() {
    String before = bootId();
    run("reboot -f");
    await("it is not up again", () -> isUp() && !bootId().equals(before));
    forgetLog();
  }

  /** Breaks all connections to it soon, the test's own as well, and no process behind them. */
  void dropConnections() {
    ask(
        "(sleep 0.2; kill -9 $(ps | sed -n 's/^ *\\([0-9]*\\) .*[d]ropbear .* -2 .*/\\1/p'))"
            + " >/dev/null 2>&1 &");
  }

  private boolean isUp() {
    return run("true").status() == 0;
  }

  private String bootId() {
    return ask("cat /proc/sys/kernel/random/boot_id");
  }

  /** Waits for what is to come true by itself. */
  public static void await(String what, BooleanSupplier condition) {
    await(UP_WITHIN, what, condition);
  }

  private static void await(Duration most, String what, BooleanSupplier condition) {
    long end = System.nanoTime() + most.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, () -> "after " + most + ": " + what);
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Has its Linux work on as many cores as it will, until {@link #unload}. */
  public void load() {
    for (String line : LOAD) {
      String quoted = "'" + line.replace("'", "'\\''") + "'";
      ask("setsid sh -c " + quoted + " >/dev/null 2>&1 & echo $! >>" + LOADS);
    }
  }

  public void unload() {
    ask("while read group; do kill -9 -$group; done <" + LOADS);
    ask("sleep 0.5; rm -rf ~/load " + LOADS);
  }

  /** The cores that Linux runs on, as in 0-3. */
  String cores() {
    return ask("cat /sys/devices/system/cpu/online").strip();
  }

  /** Its Linux has all cores and all memory, no process of Diver's, and has not complained. */
  public void expectAsBooted() {
    await(AGENT_GONE_WITHIN, "processes are left", () -> ask(AGENTS).isEmpty());
    assertEquals("0-" + (CORES - 1), cores(), "cores are missing");
    assertEquals(
        "0",
        ask("cat /sys/kernel/mm/hugepages/*/nr_hugepages | sort -u").strip(),
        "huge pages are left");
    assertEquals(
        "0",
        ask("cd /sys/kernel; cat mm/hugepages/*/nr_overcommit_hugepages rcu_expedited | sort -u")
            .strip(),
        "settings are left");
    assertEquals("", ask("ls -d /run/diver/enclaves/* 2>/dev/null || true"), "folders are left");
    assertTrue(
        ask("ls /sys/bus/pci/drivers/virtio-pci").contains(DRIVEN_DEVICE),
        "a device has lost its driver");
    long missing = available - availableKib();
    assertTrue(
        missing < SLACK_KIB, () -> missing + " KiB are missing:\n" + ask("cat /proc/meminfo"));
    assertEquals(List.of(), warnings(), "the kernel has complained");
  }

  /** What the kernel has said at warning or above since the last call, and to whom it was news. */
  List<String> warnings() {
    return ask("dmesg -r -c")
        .lines()
        .filter(line -> line.matches("<[0-4]>.*"))
        .map(line -> line.replaceFirst("^<[0-4]>\\[ *[0-9.]+\\] ?", ""))
        .filter(line -> !line.isBlank() && !OF_EMULATION.matcher(line).lookingAt())
        .toList();
  }

  private void forgetLog() {
    ask("dmesg -c >/dev/null");
  }

  private long availableKib() {
    return Long.parseLong(
        ask("sync; echo 3 >/proc/sys/vm/drop_caches; awk '/^MemAvailable/{print $2}' /proc/meminfo")
            .strip());
  }

  /** Everything its kernel printed. */
  public String console() {
    try {
      return Files.readString(folder.resolve("console"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it, as a power cut does. */
  @Override
  public void close() throws IOException {
    machine.getOutputStream().close();
    machine.onExit().join();
  }
}
