package dev.diver.deploy.fullvm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

    public Dive app(Path app, String... args) {
      return with(Optional.of(app), List.of(args), r.env(), r.timeout());
    }

    public Dive args(String... args) {
      return with(r.app(), List.of(args), r.env(), r.timeout());
    }

    public Dive env(Map<String, String> env) {
      return with(r.app(), r.args(), env, r.timeout());
    }

    public Dive timeout(Duration timeout) {
      return with(r.app(), r.args(), r.env(), timeout);
    }

    public Dive delegating(Delegation delegation) {
      return new Dive(
          new DiveRequest(
              r.host(),
              r.runs(),
              r.kernel(),
              r.bootable().orElseThrow(),
              r.app(),
              r.args(),
              r.env(),
              r.cpus(),
              r.memory(),
              r.timeout(),
              r.devices(),
              r.disks(),
              r.consoles(),
              r.qemuArgs(),
              r.debug(),
              r.name(),
              r.detached(),
              Optional.of(delegation)));
    }

    public Dive named(String name) {
      return copy(r.app(), r.args(), r.env(), r.timeout(), Optional.of(name), r.qemuArgs());
    }

    public Dive qemu(String... words) {
      return copy(r.app(), r.args(), r.env(), r.timeout(), r.name(), List.of(words));
    }

    public Dive debug() {
      return machine(r.cpus(), r.memory(), r.disks(), true, r.detached());
    }

    public Dive detached() {
      return machine(r.cpus(), r.memory(), r.disks(), r.debug(), true);
    }

    public Dive memory(String size) {
      return machine(
          r.cpus(), Optional.of(MemorySize.parse(size)), r.disks(), r.debug(), r.detached());
    }

    public Dive cpus(int cpus) {
      return machine(
          Optional.of(CpuList.count(cpus)), r.memory(), r.disks(), r.debug(), r.detached());
    }

    public Dive disks(Path... disks) {
      return machine(r.cpus(), r.memory(), Arrays.asList(disks), r.debug(), r.detached());
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

    private Dive with(
        Optional<Path> app, List<String> args, Map<String, String> env, Duration timeout) {
      return copy(app, args, env, timeout, r.name(), r.qemuArgs());
    }

    private Dive copy(
        Optional<Path> app,
        List<String> args,
        Map<String, String> env,
        Duration timeout,
        Optional<String> name,
        List<String> qemuArgs) {
      return new Dive(
          new DiveRequest(
              r.host(),
              r.runs(),
              r.kernel(),
              r.bootable().orElseThrow(),
              app,
              args,
              env,
              r.cpus(),
              r.memory(),
              timeout,
              r.devices(),
              r.disks(),
              r.consoles(),
              qemuArgs,
              r.debug(),
              name,
              r.detached(),
              r.delegation()));
    }

    private Dive machine(
        Optional<CpuList> cpus,
        Optional<MemorySize> memory,
        List<Path> disks,
        boolean debug,
        boolean detached) {
      return new Dive(
          new DiveRequest(
              r.host(),
              r.runs(),
              r.kernel(),
              r.bootable().orElseThrow(),
              r.app(),
              r.args(),
              r.env(),
              cpus,
              memory,
              r.timeout(),
              r.devices(),
              disks,
              r.consoles(),
              r.qemuArgs(),
              debug,
              r.name(),
              detached,
              r.delegation()));
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
          Files.exists(built)
              && Files.getLastModifiedTime(built).compareTo(Files.getLastModifiedTime(source)) > 0;
      if (!fresh) {
        String command = "gcc " + flags + " -o '" + built + "' '" + source + "'";
        run(BUILT, "sh", "-c", command);
      }
      return built;
    } catch (IOException e) {
      throw new AssertionError(e);
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
