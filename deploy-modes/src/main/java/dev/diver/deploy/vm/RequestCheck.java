package dev.diver.deploy.vm;

import dev.diver.deploy.Delegation;
import dev.diver.deploy.DiveRequest;
import dev.diver.kernels.elf.AppCheck;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.AppDelivery;
import dev.diver.kernels.spec.KernelSpec.Console;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import dev.diver.kernels.spec.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether a request can be met by a machine; what cannot is named with its value. */
public final class RequestCheck {

  private static final int MAX_NAME = 200;
  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private RequestCheck() {}

  /** What the kernel needs in this mode. */
  public static KernelSpec.ModeNeeds check(DiveRequest request, String mode) {
    KernelSpec spec = request.spec();
    KernelSpec.ModeNeeds needs = needs(request, mode);
    if (!spec.arch().equals("x86_64")) {
      throw unsupported(
          spec.name() + " is for " + spec.arch() + ", and Diver's machines are x86_64.",
          "Choose a kernel for x86_64.");
    }
    convention(spec);
    if (!Files.isReadable(request.image())) {
      throw unreadable("kernel image", request.image(), Optional.empty());
    }
    app(request);
    if (request.debug() && request.delegation().filter(Delegation::onLinux).isPresent()) {
      throw invalid(
          "A debugger is attached to the kernel, and with --native the app runs on Linux.",
          "Leave out --debug or --native.");
    }
    request.delegation().ifPresent(delegation -> forward(spec, delegation));
    cpus(request, needs);
    enough(spec.name(), request.memory().orElse(needs.memory()), needs.memoryMin());
    if (!request.isElsewhere()) {
      fits(request.memory().orElse(needs.memory()).bytes(), "--memory");
    }
    if (request.timeout().isNegative()) {
      throw invalid(
          "A timeout of " + request.timeout().toMillis() + " ms is negative.",
          "Give the seconds after which to end the dive, or 0 for never.");
    }
    return needs;
  }

  /** What the kernel needs in this mode, unchecked but that it supports it. */
  public static KernelSpec.ModeNeeds needs(DiveRequest request, String mode) {
    KernelSpec spec = request.spec();
    KernelSpec.ModeNeeds needs = spec.modes().get(mode);
    if (needs == null) {
      throw unsupported(
          spec.name() + " does not support the mode " + mode + ".",
          "Use a mode that it supports: " + String.join(", ", spec.modes().keySet()) + ".");
    }
    return needs;
  }

  /** NOT_FOUND: the file cannot be read. */
  public static RuntimeException unreadable(String what, Path file, Optional<IOException> cause) {
    Failure failure =
        new Failure(
            Failure.Kind.NOT_FOUND,
            "The " + what + " " + file + " cannot be read.",
            "Give the path of a file that you may read.");
    return cause.map(failure::exception).orElseGet(failure::exception);
  }

  private static void convention(KernelSpec spec) {
    boolean report = spec.exit().convention() == ExitConvention.REPORT;
    if (report && spec.boot().console() != Console.VIRTIO_PORTS) {
      throw unsupported(
          spec.name() + " reports its exit status, but on no port.",
          "Set [boot] console = \"virtio-ports\" in its kernel.toml.");
    }
  }

  private static void app(DiveRequest request) {
    boolean linked = request.spec().boot().app() == AppDelivery.NONE;
    if (linked && request.app().isPresent()) {
      throw unsupported(
          request.spec().name() + " has its app linked into it and takes no other.",
          "Leave the executable out.");
    }
    if (!linked && request.app().isEmpty()) {
      throw invalid(
          "No executable was given, and " + request.spec().name() + " runs one.",
          request.spec().boot().app() == AppDelivery.DISK
              ? "Name the disk that has it."
              : "Name a Linux executable.");
    }
    request
        .app()
        .filter(app -> !Files.isRegularFile(app) || !Files.isReadable(app))
        .ifPresent(
            app -> {
              throw unreadable("app", app, Optional.empty());
            });
    boolean disk = request.spec().boot().app() == AppDelivery.DISK;
    if (request.spec().abi() == KernelSpec.Abi.LINUX && !disk) {
      request.app().ifPresent(app -> executable(app, request.delegation(), request.isElsewhere()));
    }
    if (!request.isElsewhere()) {
      request
          .delegation()
          .ifPresent(to -> request.app().ifPresent(app -> uncovered(app.toAbsolutePath(), to)));
    }
  }

  /** Else the agent would have to make a file in the folder of the host. */
  private static void uncovered(Path app, Delegation delegation) {
    Path place = delegation.place(app);
    boolean covered = delegation.onHost(place).filter(path -> !Files.exists(path)).isPresent();
    if (covered) {
      throw invalid(
          "The app is at " + place + ", where a folder is shared that does not have it.",
          "Share the folder at another place, as in -v HOST:/data, or the app's own folder, too.");
    }
  }

  private static void executable(Path app, Optional<Delegation> delegation, boolean elsewhere) {
    if (delegation.isEmpty()) {
      AppCheck.requireStatic(app);
      return;
    }
    Optional<String> interpreter = AppCheck.requireExecutable(app).interpreter();
    boolean found =
        interpreter
            .map(Path::of)
            .map(path -> delegation.get().onHost(path))
            .map(path -> path.filter(p -> elsewhere || Files.exists(p)).isPresent())
            .orElse(true);
    if (!found) {
      String name = Printable.line(interpreter.orElseThrow(), MAX_NAME);
      throw unsupported(
          app + " is a dynamic executable that needs " + name + ", which is in no shared folder.",
          "Share the folder of programs and libraries, too: -v /usr:ro");
    }
  }

  /** The calls that are to be forwarded are such that the kernel could also handle. */
  private static void forward(KernelSpec spec, Delegation delegation) {
    delegation.forward().stream()
        .filter(call -> !spec.syscalls().handled().contains(call))
        .findFirst()
        .ifPresent(
            call -> {
              throw invalid(
                  Printable.line(call, MAX_NAME)
                      + " is not a system call that "
                      + spec.name()
                      + " handles itself.",
                  "Name one that diver info " + spec.name() + " --json lists as handled.");
            });
  }

  private static void cpus(DiveRequest request, KernelSpec.ModeNeeds needs) {
    int cpus = request.cpus().map(CpuList::count).orElse(1);
    if (cpus > needs.cpusMax()) {
      throw invalid(
          cpus
              + " cores were asked for, and "
              + request.spec().name()
              + " takes 1 to "
              + needs.cpusMax()
              + ".",
          "Give a number in that range.");
    }
  }

  /**
   * What it gets of memory.
   *
   * @param who gets it, for people
   * @param option that says how much
   * @param asked empty for the usual
   */
  public static MemorySize memory(
      String who, String option, Optional<MemorySize> asked, MemorySize usual, MemorySize least) {
    MemorySize size = asked.orElse(usual);
    enough(who, size, least);
    fits(size.bytes(), option);
    return size;
  }

  private static void enough(String who, MemorySize size, MemorySize least) {
    if (size.compareTo(least) < 0) {
      throw invalid(
          size + " of memory is too little for " + who + ".", "Give at least " + least + ".");
    }
  }

  /** EXHAUSTED where the host has less memory than this, which the options ask for. */
  public static void fits(long bytes, String options) {
    long host = hostMemory();
    if (bytes > host) {
      throw new Failure(
              Failure.Kind.EXHAUSTED,
              shown(bytes) + " of memory was asked for, and this host has " + (host >> 20) + "M.",
              "Give less with " + options + ".")
          .exception();
    }
  }

  /** In whole terabytes with the same in gigabytes, since people write either. */
  private static String shown(long bytes) {
    String text = new MemorySize(bytes).toString();
    return text.endsWith("T") ? text + " (" + (bytes >> 30) + "G)" : text;
  }

  /** MemTotal of proc(5), in bytes; no limit where it cannot be read. */
  private static long hostMemory() {
    try {
      String text = Files.readString(MEMINFO);
      String kib = text.substring("MemTotal:".length(), text.indexOf(" kB")).strip();
      return Long.parseLong(kib) * 1024;
    } catch (IOException | NumberFormatException | StringIndexOutOfBoundsException e) {
      return Long.MAX_VALUE;
    }
  }

  /** INVALID. */
  public static RuntimeException invalid(String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, what, remedy).exception();
  }

  /** UNSUPPORTED. */
  public static RuntimeException unsupported(String what, String remedy) {
    return new Failure(Failure.Kind.UNSUPPORTED, what, remedy).exception();
  }
}
