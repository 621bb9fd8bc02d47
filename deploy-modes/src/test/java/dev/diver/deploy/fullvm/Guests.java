package dev.diver.deploy.fullvm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.machine.Host;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpecToml;
import dev.diver.kernels.spec.MemorySize;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Real guests for tests: Debian's Linux, and kernels of a few instructions, built when needed. */
public final class Guests {

  private static final Path KERNELS = Path.of("../kernel-specs/kernels").toAbsolutePath();
  private static final Path BUILT = Path.of("target/guests").toAbsolutePath();

  private Guests() {}

  /** The spec and the image of Debian's Linux. */
  public static Kernel linux() {
    return ofThisRepository("linux");
  }

  /** The spec and the image of remora. */
  public static Kernel remora() {
    return ofThisRepository("remora");
  }

  private static synchronized Kernel ofThisRepository(String name) {
    Path folder = KERNELS.resolve(name).normalize();
    KernelSpec spec = KernelSpecToml.read(folder.resolve("kernel.toml"));
    Path image = folder.resolve(spec.boot().image());
    if (!Files.exists(image)) {
      run(folder, "scripts/build");
    }
    return new Kernel(spec, image);
  }

  /** The kernel of {@code src/test/guests/tiny.S}; its exit status is text on the console. */
  public static Kernel tiny() {
    return tiny("kernel.toml");
  }

  /** The same, but taken for a kernel that reports. */
  public static Kernel tinyThatShouldReport() {
    return tiny("kernel-report.toml");
  }

  private static Kernel tiny(String spec) {
    return new Kernel(
        KernelSpecToml.read(Path.of("src/test/guests", spec).toAbsolutePath()), kernel("tiny"));
  }

  /**
   * The kernel of {@code src/test/guests/script.S}, which does what its one argument says.
   *
   * @param boot lines for the spec's [boot]
   * @param exit the spec's [exit]
   * @param machine to run it on
   */
  public static Kernel script(Path folder, String boot, String exit, String machine) {
    Path spec = folder.resolve("kernel.toml");
    try {
      Files.writeString(
          spec,
          """
          name = "script"
          version = "1"
          summary = "does what it is told"
          abi = "none"
          [boot]
          protocol = "pvh"
          image = "script.elf"
          command-line = "{user-args}"
          quoting = "none"
          app = "none"
          %s
          [exit]
          %s
          [modes.full-vm]
          machine = "%s"
          memory = "16M"
          memory-min = "8M"
          """
              .formatted(boot, exit, machine));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return new Kernel(KernelSpecToml.read(spec), kernel("script"));
  }

  private static Path kernel(String name) {
    return build(
        name + ".elf",
        Path.of("src/test/guests", name + ".S").toAbsolutePath(),
        "-m32 -nostdlib -static -Wl,--build-id=none -Wl,-Ttext=0x200000");
  }

  /** A static Linux executable of {@code src/test/guests/NAME.c}. */
  public static Path program(String name) {
    return build(name, Path.of("src/test/guests", name + ".c").toAbsolutePath(), "-static -O1 -g");
  }

  /** A kernel spec and what boots. */
  public record Kernel(KernelSpec spec, Path image) {

    /** A request with nothing special in it. */
    public Dive dive(Path home) {
      return new Dive(
          new DiveRequest(
              host(home.resolve("cache")),
              home.resolve("runs"),
              spec.name() + ":" + spec.version(),
              new DiveRequest.Bootable(spec, image),
              Optional.empty(),
              List.of(),
              Map.of(),
              Optional.empty(),
              Optional.empty(),
              Duration.ofSeconds(60),
              List.of(),
              List.of(),
              List.of(),
              List.of(),
              false,
              Optional.empty(),
              false,
              Optional.empty()));
    }
  }

  /** This machine. */
  public static Host host(Path cache) {
    return new Host(System.getenv(), cache);
  }

  /** A request that can be varied, and carried out with captured output. */
  public record Dive(DiveRequest r) {

    public Dive bootable(DiveRequest.Bootable bootable) {
      return with(wanted -> wanted.bootable = Optional.of(bootable));
    }

    public Dive app(Path app, String... args) {
      return with(wanted -> wanted.app = Optional.of(app)).args(args);
    }

    public Dive args(String... args) {
      return with(wanted -> wanted.args = List.of(args));
    }

    public Dive env(Map<String, String> env) {
      return with(wanted -> wanted.env = env);
    }

    public Dive timeout(Duration timeout) {
      return with(wanted -> wanted.timeout = timeout);
    }

    public Dive delegating(Delegation delegation) {
      return with(wanted -> wanted.delegation = Optional.of(delegation));
    }

    public Dive named(String name) {
      return with(wanted -> wanted.name = Optional.of(name));
    }

    public Dive qemu(String... words) {
      return with(wanted -> wanted.qemuArgs = List.of(words));
    }

    public Dive debug() {
      return with(wanted -> wanted.debug = true);
    }

    public Dive detached() {
      return with(wanted -> wanted.detached = true);
    }

    public Dive memory(String size) {
      return with(wanted -> wanted.memory = Optional.of(MemorySize.parse(size)));
    }

    public Dive cpus(int cpus) {
      return with(wanted -> wanted.cpus = Optional.of(CpuList.count(cpus)));
    }

    public Dive cpus(String list) {
      return with(wanted -> wanted.cpus = Optional.of(CpuList.parse(list)));
    }

    public Dive disks(Path... disks) {
      return with(wanted -> wanted.disks = List.of(disks));
    }

    private Dive with(Consumer<Wanted> change) {
      Wanted wanted = new Wanted(r);
      change.accept(wanted);
      return new Dive(wanted.request());
    }

    public RunningDive launch(DiveConsole console) {
      FullVm mode = new FullVm();
      return mode.launch(mode.plan(r), console);
    }

    /** Runs to the end, with this input. */
    public Done run(String input) throws InterruptedException {
      Captured captured = new Captured();
      InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
      try (RunningDive dive = launch(new DiveConsole(in, captured.out, captured.err))) {
        return new Done(
            dive.await(), captured.out.toString(ISO_8859_1), captured.err.toString(ISO_8859_1));
      }
    }
  }

  /** A request that is being varied. */
  private static final class Wanted {
    final DiveRequest r;
    Optional<DiveRequest.Bootable> bootable;
    Optional<Path> app;
    List<String> args;
    Map<String, String> env;
    Optional<CpuList> cpus;
    Optional<MemorySize> memory;
    Duration timeout;
    List<Path> disks;
    List<String> qemuArgs;
    boolean debug;
    Optional<String> name;
    boolean detached;
    Optional<Delegation> delegation;

    Wanted(DiveRequest r) {
      this.r = r;
      this.bootable = r.bootable();
      this.app = r.app();
      this.args = r.args();
      this.env = r.env();
      this.cpus = r.cpus();
      this.memory = r.memory();
      this.timeout = r.timeout();
      this.disks = r.disks();
      this.qemuArgs = r.qemuArgs();
      this.debug = r.debug();
      this.name = r.name();
      this.detached = r.detached();
      this.delegation = r.delegation();
    }

    DiveRequest request() {
      return new DiveRequest(
          r.host(),
          r.runs(),
          r.kernel(),
          bootable,
          app,
          args,
          env,
          cpus,
          memory,
          timeout,
          r.devices(),
          disks,
          r.consoles(),
          qemuArgs,
          debug,
          name,
          detached,
          delegation,
          r.emulation(),
          r.overrides(),
          r.hardware());
    }
  }

  /** A console with nobody at it. */
  public static DiveConsole silent() {
    return new DiveConsole(
        InputStream.nullInputStream(),
        OutputStream.nullOutputStream(),
        OutputStream.nullOutputStream());
  }

  /** Something that a test waits for. */
  interface Condition {
    boolean holds() throws Exception;
  }

  static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.holds()) {
      assertTrue(System.nanoTime() < deadline, "it never happened");
      Thread.sleep(5);
    }
  }

  /** A dive that has ended, and what it wrote, a character for each byte. */
  public record Done(DiveReport report, String out, String err) {}

  private static final class Captured {
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
  }

  private static synchronized Path build(String name, Path source, String flags) {
    Path built = BUILT.resolve(name);
    try {
      Files.createDirectories(BUILT);
      boolean fresh =
          Files.exists(built) && built.toFile().lastModified() > newest(source.resolveSibling(""));
      if (!fresh) {
        String command = "gcc " + flags + " -o '" + built + "' '" + source + "'";
        run(BUILT, "sh", "-c", command);
      }
      return built;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** When one of the sources there was changed last, in milliseconds. */
  private static long newest(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().lastModified()).max().orElseThrow();
    }
  }

  private static void run(Path folder, String... command) {
    try {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", command) + " failed: " + output);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
