package dev.diver.deploy.importing;

import dev.diver.deploy.hypervisor.QemuHypervisor;
import dev.diver.deploy.hypervisor.QemuOptions;
import dev.diver.deploy.machine.Qmp;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.vm.Core;
import dev.diver.kernels.spec.KernelSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a machine from outside while it runs: what it has printed by now, and what its first
 * core does.
 */
final class Watch implements AutoCloseable {

  /** Nothing new comes of a kernel that waits for so long, or that stands still for so long. */
  private static final Duration QUIET = Duration.ofSeconds(4);

  private static final Duration DEAD = Duration.ofMillis(800);
  private static final Duration SAMPLE = Duration.ofMillis(300);
  private static final Duration REACH = Duration.ofSeconds(5);

  /** Whatever prints more than this will not stop, in bytes. */
  private static final long MOST_PRINTED = 8L << 20;

  private final RunFolder run;
  private final Path image;
  private final long begin = System.nanoTime();
  private volatile @Nullable Qmp machine;
  private long printed;
  private long lastPrinted = begin;
  private long lastSample;
  private long lastMoved = begin;
  private Optional<Duration> firstWord = Optional.empty();
  private Optional<Core> core = Optional.empty();

  Watch(RunFolder run, KernelSpec spec, Path folder) {
    this.run = run;
    this.image = folder.resolve(spec.boot().image());
    Thread.ofPlatform().daemon().name("import-qmp").start(this::connect);
  }

  /** What QEMU is told so that there is something to look at. */
  static List<String> qemuWords(RunFolder run, Optional<String> device) {
    Stream<String> words =
        Stream.of(
            "-qmp",
            "unix:" + QemuOptions.value(socket(run)) + ",server=on,wait=off",
            "-chardev",
            "file,id=import-serial,path=" + QemuOptions.value(secondSerial(run)),
            "-device",
            "isa-serial,chardev=import-serial,index=1",
            "-chardev",
            "file,id=import-debugcon,path=" + QemuOptions.value(debugcon(run)),
            "-device",
            QemuHypervisor.debugConsole("import-debugcon"));
    return Stream.concat(words, device.stream().flatMap(d -> Stream.of("-device", d))).toList();
  }

  static Path secondSerial(RunFolder run) {
    return run.log("serial2");
  }

  static Path debugcon(RunFolder run) {
    return run.log("debugcon");
  }

  /** No longer than the longest that RunFolder reckons with. */
  private static Path socket(RunFolder run) {
    return run.sockets().resolve("imp.sock");
  }

  /** When it first printed. */
  Optional<Duration> firstWord() {
    lookAtText();
    return firstWord;
  }

  /** Looks, and says whether nothing more can be expected. */
  boolean settled() throws InterruptedException {
    lookAtText();
    lookAtCore();
    Duration still = since(Math.max(lastPrinted, lastMoved));
    boolean quiet = still.compareTo(QUIET) >= 0;
    return printed > MOST_PRINTED
        || quiet
        || (core.filter(Core::dead).isPresent() && still.compareTo(DEAD) >= 0);
  }

  /** What the first core did when it was last looked at, in a few words. */
  String state() {
    return core.map(this::state).orElse("busy");
  }

  private String state(Core core) {
    Optional<String> where = core.symbol(image).map(symbol -> " at " + symbol);
    if (core.dead()) {
      return "halted for good" + where.orElse("");
    }
    if (core.halted()) {
      return "waiting for an interrupt" + where.orElse("");
    }
    boolean still = since(lastMoved).compareTo(DEAD) >= 0;
    return (still ? "turning on the spot" : "busy")
        + where.orElse(" at 0x%x".formatted(core.address()));
  }

  @Override
  public void close() {
    Qmp open = machine;
    if (open != null) {
      open.close();
    }
  }

  private void connect() {
    try {
      machine = Qmp.connect(socket(run), REACH, _ -> {});
    } catch (IOException | InterruptedException e) {
      machine = null; // then there is only what it prints
    }
  }

  private void lookAtText() {
    long length =
        Stream.of(run.console(), secondSerial(run), debugcon(run))
            .mapToLong(file -> file.toFile().length())
            .sum();
    if (length > printed) {
      printed = length;
      lastPrinted = System.nanoTime();
      firstWord = firstWord.or(() -> Optional.of(since(begin)));
    }
  }

  private void lookAtCore() throws InterruptedException {
    Qmp open = machine;
    if (open == null || since(lastSample).compareTo(SAMPLE) < 0) {
      return;
    }
    lastSample = System.nanoTime();
    try {
      Core.of(open.monitor("info registers")).ifPresent(this::saw);
    } catch (IOException e) {
      machine = null; // it ends just now
    }
  }

  private void saw(Core now) {
    boolean stands =
        core.filter(
                before -> before.address() == now.address() || (before.halted() && now.halted()))
            .isPresent();
    if (!stands) {
      lastMoved = lastSample;
    }
    core = Optional.of(now);
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }
}
