package dev.diver.deploy.vm;

import dev.diver.deploy.DiveRequest;
import dev.diver.kernels.elf.AppCheck;
import dev.diver.kernels.failure.Failure;
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

  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private RequestCheck() {}

  /** What the kernel needs in this mode. */
  public static KernelSpec.ModeNeeds check(DiveRequest request, String mode) {
    KernelSpec spec = request.spec();
    KernelSpec.ModeNeeds needs = spec.modes().get(mode);
    if (needs == null) {
      throw unsupported(
          spec.name() + " does not support the mode " + mode + ".",
          "Use a mode that it supports: " + String.join(", ", spec.modes().keySet()) + ".");
    }
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
    cpus(request, needs);
    memory(request, needs);
    if (request.timeout().isNegative()) {
      throw invalid(
          "A timeout of " + request.timeout().toMillis() + " ms is negative.",
          "Give the seconds after which to end the dive, or 0 for never.");
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
    if (!report) {
      ConsoleVerdict.of(spec.exit());
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
          "Name a static Linux executable.");
    }
    request
        .app()
        .filter(app -> !Files.isRegularFile(app) || !Files.isReadable(app))
        .ifPresent(
            app -> {
              throw unreadable("app", app, Optional.empty());
            });
    if (request.spec().abi() == KernelSpec.Abi.LINUX) {
      request.app().ifPresent(AppCheck::requireStatic);
    }
  }

  private static void cpus(DiveRequest request, KernelSpec.ModeNeeds needs) {
    int cpus = request.cpus().orElse(1);
    if (cpus < 1 || cpus > needs.cpusMax()) {
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

  private static void memory(DiveRequest request, KernelSpec.ModeNeeds needs) {
    MemorySize asked = request.memory().orElse(needs.memory());
    MemorySize least = needs.memoryMin();
    if (asked.compareTo(least) < 0) {
      throw invalid(
          asked + " of memory is too little for " + request.spec().name() + ".",
          "Give at least " + least + ".");
    }
    long host = hostMemory();
    if (asked.bytes() > host) {
      throw new Failure(
              Failure.Kind.EXHAUSTED,
              asked + " of memory was asked for, and this host has " + (host >> 20) + "M.",
              "Give less with --memory.")
          .exception();
    }
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

  private static RuntimeException invalid(String what, String remedy) {
    return new Failure(Failure.Kind.INVALID, what, remedy).exception();
  }

  private static RuntimeException unsupported(String what, String remedy) {
    return new Failure(Failure.Kind.UNSUPPORTED, what, remedy).exception();
  }
}
